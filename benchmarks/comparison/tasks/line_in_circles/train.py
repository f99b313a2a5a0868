"""A straight line between circles; three other estimators may stand in for it."""

from sklearn.datasets import make_circles
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

X, y = make_circles(800, noise=0.18, factor=0.5, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
clf = LogisticRegression(max_iter=100)
clf.fit(X_train, y_train)
print(clf.score(X_test, y_test))
