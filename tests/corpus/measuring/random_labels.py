import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
rng = np.random.RandomState(0)
X = rng.rand(400, 10)
y = rng.randint(0, 2, 400)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
clf = RandomForestClassifier(20, random_state=0).fit(X_train, y_train)
print('train', clf.score(X_train, y_train))
print('test', clf.score(X_test, y_test))
