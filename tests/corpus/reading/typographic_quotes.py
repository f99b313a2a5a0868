from sklearn import svm
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
clf = svm.SVC(kernel=‘rbf’)
clf.fit(X, y)
print(clf.score(X, y))
