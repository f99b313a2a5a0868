from sklearn.datasets import fetch_openml
from sklearn.linear_model import SGDClassifier
X, y = fetch_openml('mnist_784', version=1, return_X_y=True, as_frame=False)
clf = SGDClassifier(random_state=42)
clf.fit(X[:60000], y[:60000])
print(clf.score(X[60000:], y[60000:]))
