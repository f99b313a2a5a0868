# which three columns are enough?
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

wine = load_wine()
for columns in [(6, 9, 12), (0, 12, 3), (3, 4, 2)]:
    X = wine.data[:, list(columns)]
    X_train, X_test, y_train, y_test = train_test_split(X, wine.target, test_size=0.3, random_state=0)
    knn = KNeighborsClassifier(n_neighbors=5)
    knn.fit(X_train, y_train)
    print(columns, knn.score(X_test, y_test))
