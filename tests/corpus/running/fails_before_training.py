from sklearn.datasets import load_iris
from sklearn.svm import SVC
X, y = load_iris(return_X_y=True)
X = X.reshape(-1, 5, 5)
SVC().fit(X, y)
