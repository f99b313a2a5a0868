# the numbers drawn after fit must be the same as without the tool
import numpy as np
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from sklearn.neural_network import MLPClassifier
np.random.seed(5)
X, y = load_wine(return_X_y=True)
p = np.random.permutation(len(X))
a = SVC().fit(X[p[:100]], y[p[:100]])
q = np.random.permutation(len(X))
b = MLPClassifier((3,), max_iter=50)
b.fit(X[q[:110]], y[q[:110]])
print(b.score(X[q[110:]], y[q[110:]]))
