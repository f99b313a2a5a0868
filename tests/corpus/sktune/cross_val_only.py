from sklearn.datasets import load_wine
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
iris = load_wine()
scores = cross_val_score(KNeighborsClassifier(n_neighbors=15), iris.data, iris.target, cv=5)
print(scores)
print(scores.mean())
