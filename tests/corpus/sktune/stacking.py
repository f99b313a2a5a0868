from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=16)
clf = StackingClassifier([('t', DecisionTreeClassifier(max_depth=2, random_state=0)), ('s', DecisionTreeClassifier(max_depth=1, random_state=0))], final_estimator=LogisticRegression(max_iter=200), cv=3)
clf.fit(X_train, y_train)
print(clf.named_estimators_['t'].get_depth())
print(clf.score(X_test, y_test))
