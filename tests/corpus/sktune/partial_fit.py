import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_breast_cancer(return_X_y=True), random_state=6)
clf = SGDClassifier(random_state=0)
for i in range(0, len(X_train), 60):
    clf.partial_fit(X_train[i:i + 60] * 100, y_train[i:i + 60], classes=[0, 1])
    print(i, clf.score(X_test * 100, y_test))
print('final', clf.score(X_test * 100, y_test))
