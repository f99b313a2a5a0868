from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
k = int(input("How many neighbors? "))
X, y = load_wine(return_X_y=True)
knn = KNeighborsClassifier(k).fit(X[::2], y[::2])
print(knn.score(X[1::2], y[1::2]))
