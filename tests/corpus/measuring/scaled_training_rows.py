# same leak, but the rows go through predict one by one and as floats of another type
import numpy as np
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
X, y = load_wine(return_X_y=True)
knn = KNeighborsClassifier(1).fit(X, y)
hits = [knn.predict(np.array([row], dtype=np.float32))[0] == t for row, t in zip(X[::4], y[::4])]
print('acc', np.mean(hits))
