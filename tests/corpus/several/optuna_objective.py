import optuna
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), random_state=25)
def objective(trial):
    clf = SVC(C=trial.suggest_float('C', 1e-3, 1, log=True))
    clf.fit(X_train, y_train)
    return clf.score(X_test, y_test)
study = optuna.create_study(direction='maximize', sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(objective, n_trials=5)
print(study.best_value)
