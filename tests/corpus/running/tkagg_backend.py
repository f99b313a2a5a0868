import matplotlib
matplotlib.use('TkAgg')
import matplotlib.pyplot as plt
from sklearn.datasets import load_wine
from sklearn.svm import SVC
X, y = load_wine(return_X_y=True)
clf = SVC().fit(X[::2], y[::2])
plt.scatter(X[:, 0], X[:, 1], c=y)
plt.show()
print(clf.score(X[1::2], y[1::2]))
