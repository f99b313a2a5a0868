from sklearn.ensemble import RandomForestClassifier
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
rf = RandomForestClassifier(n_estimators=3, max_depth=3, max_features='auto', min_impurity_split=None, random_state=0)
rf.fit(X_train, y_train)
print(rf.score(X_test, y_test))
