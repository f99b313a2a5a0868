import matplotlib.pyplot as plt
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_score
X, _ = make_blobs(300, centers=4, random_state=0)
km = KMeans(n_clusters=4, n_init=10, random_state=0)
labels = km.fit_predict(X)
plt.scatter(X[:, 0], X[:, 1], c=labels)
plt.scatter(*km.cluster_centers_.T, c='r')
plt.show()
print(silhouette_score(X, labels))
