import argparse
from sklearn.linear_model import LogisticRegression
from sklearn.datasets import load_wine
ap = argparse.ArgumentParser()
ap.add_argument("-d", "--dataset", required=True, help="path to input dataset")
ap.add_argument("-k", "--neighbors", type=int, default=1)
args = vars(ap.parse_args())
X, y = load_wine(return_X_y=True)
clf = LogisticRegression().fit(X[::2], y[::2])
print(clf.score(X[1::2], y[1::2]))
