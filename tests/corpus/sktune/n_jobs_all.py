from sklearn.ensemble import RandomForestClassifier
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_predict, train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=19)
rf = RandomForestClassifier(n_estimators=3, max_depth=3, n_jobs=-1, random_state=1)
rf.fit(X_train, y_train)
print(rf.score(X_test, y_test))
