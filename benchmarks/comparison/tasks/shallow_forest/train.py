"""A forest of three shallow trees on digits."""

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X[:900], y[:900], random_state=0)
clf = RandomForestClassifier(n_estimators=3, max_depth=3, min_samples_leaf=5, random_state=0)
clf.fit(X_train, y_train)
print(clf.score(X_test, y_test))
