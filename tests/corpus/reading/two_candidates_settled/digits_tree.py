from sklearn.tree import DecisionTreeClassifier
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
clf = DecisionTreeClassifier(max_depth=3, random_state=1)
clf.fit(X[:1300], y[:1300])
print(clf.score(X[1300:], y[1300:]))
