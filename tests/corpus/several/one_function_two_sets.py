# The same experiment on two data sets: no fold of one is a fold of the other
import numpy as np
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.metrics import accuracy_score
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC


def experiment(X, y, n_folds=5):
    scores = []
    for train, test in StratifiedKFold(n_folds, shuffle=True, random_state=1).split(X, y):
        clf = SVC()
        clf.fit(X[train], y[train])
        scores.append(accuracy_score(y[test], clf.predict(X[test])))
    return np.mean(scores)


print('breast cancer', experiment(*load_breast_cancer(return_X_y=True)))
print('wine', experiment(*load_wine(return_X_y=True)))
