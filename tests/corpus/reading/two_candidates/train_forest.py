from sklearn.ensemble import RandomForestClassifier
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
print(RandomForestClassifier().fit(X[::2], y[::2]).score(X[1::2], y[1::2]))
