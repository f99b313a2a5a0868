"""A support vector machine on columns of very different sizes, not scaled."""

from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
clf = SVC(C=0.1)
clf.fit(X_train, y_train)
print(clf.score(X_test, y_test))
