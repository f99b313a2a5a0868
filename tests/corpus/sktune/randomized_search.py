from scipy.stats import randint
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import RandomizedSearchCV, train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
rs = RandomizedSearchCV(RandomForestClassifier(random_state=0), {'max_depth': randint(1, 4), 'n_estimators': [2, 4]}, n_iter=3, cv=3, random_state=1)
rs.fit(X_train, y_train)
print(rs.best_params_)
print(rs.score(X_test, y_test))
