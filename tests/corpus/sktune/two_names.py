from sklearn.neighbors import KNeighborsClassifier
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), random_state=12)
model = knn = KNeighborsClassifier(n_neighbors=5)
models = {'knn': model}
model = knn.fit(X_train, y_train)
assert model is knn is models['knn']
print(models['knn'].score(X_test, y_test))
