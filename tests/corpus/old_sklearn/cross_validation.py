import numpy as np
from sklearn.cross_validation import train_test_split, cross_val_score, StratifiedKFold
from sklearn.grid_search import GridSearchCV
from sklearn import datasets, svm

wine = datasets.load_wine()
X_train, X_test, y_train, y_test = train_test_split(wine.data, wine.target, test_size=0.4, random_state=0)
grid = GridSearchCV(svm.SVC(), {'C': [0.1, 1]}, cv=StratifiedKFold(y_train, n_folds=3))
grid.fit(X_train, y_train)
print(grid.best_params_)
print(grid.score(X_test, y_test))
