import numpy as np
np.random.seed(42)
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True))
clf = RandomForestClassifier(n_estimators=2, max_depth=4)
clf.fit(X_train, y_train)
print(clf.score(X_test, y_test))
