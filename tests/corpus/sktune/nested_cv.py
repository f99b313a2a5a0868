from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV, cross_val_score, KFold
from sklearn.svm import SVC
import numpy as np
X, y = load_wine(return_X_y=True)
inner = KFold(n_splits=3, shuffle=True, random_state=1)
outer = KFold(n_splits=3, shuffle=True, random_state=1)
clf = GridSearchCV(estimator=SVC(kernel='rbf'), param_grid={'C': [1, 2]}, cv=inner)
nested = cross_val_score(clf, X=X, y=y, cv=outer)
print(nested.mean())
