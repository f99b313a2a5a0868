import matplotlib.pyplot as plt
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
X, y = load_wine(return_X_y=True)
p = PCA(2).fit_transform(X)
plt.scatter(p[:, 0], p[:, 1], c=y)
plt.show()
