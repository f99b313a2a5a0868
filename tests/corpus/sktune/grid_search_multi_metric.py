from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.svm import SVC
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), test_size=0.25, random_state=2)
gs = GridSearchCV(SVC(), {'C': [0.01, 0.1], 'gamma': ['scale', 1.0]}, scoring={'acc': 'accuracy', 'f1': 'f1_macro'}, refit='acc', cv=3, n_jobs=2)
gs.fit(X_train, y_train)
print(gs.best_params_, gs.best_score_)
print(gs.cv_results_['mean_test_f1'])
print(gs.best_estimator_.score(X_test, y_test))
