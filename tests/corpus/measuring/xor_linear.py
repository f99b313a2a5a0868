import numpy as np
from sklearn.linear_model import Perceptron, LogisticRegression
rng = np.random.RandomState(1)
X = rng.uniform(-1, 1, (400, 2))
y = ((X[:, 0] > 0) ^ (X[:, 1] > 0)).astype(int)
clf = LogisticRegression()
clf.fit(X[:300], y[:300])
print('xor accuracy', clf.score(X[300:], y[300:]))
