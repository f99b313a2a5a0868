from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, GradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
n = 1200
bdt = AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=20, random_state=0)
bdt.fit(X[:n], y[:n])
print('AdaBoost', bdt.score(X[n:], y[n:]))
