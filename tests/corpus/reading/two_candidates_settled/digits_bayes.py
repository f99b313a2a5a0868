from sklearn.naive_bayes import GaussianNB
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
print(GaussianNB().fit(X[:1300], y[:1300]).score(X[1300:], y[1300:]))
