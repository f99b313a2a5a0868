from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC
import numpy as np
X, y = load_wine(return_X_y=True)
base = SVC()
scores = []
for tr, te in StratifiedKFold(4, shuffle=True, random_state=0).split(X, y):
    m = clone(base)
    m.fit(X[tr], y[tr])
    scores.append(m.score(X[te], y[te]))
print(np.mean(scores))
