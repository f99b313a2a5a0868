import numpy as np
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
wine = load_wine()
rs = np.random.RandomState(6)
idx = rs.permutation(178)
tr, te = idx[:118], idx[118:]
knn = KNeighborsClassifier(n_neighbors=11)
knn.fit(wine.data[tr], wine.target[tr])
pred = knn.predict(wine.data[te])
correct = 0
for i in range(len(te)):
    if pred[i] == wine.target[te][i]: correct += 1
print(str(correct) + '/' + str(len(te)))
print(float(correct) / len(te))
