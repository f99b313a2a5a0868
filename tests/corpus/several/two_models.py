from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
from sklearn.neighbors import KNeighborsClassifier
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), test_size=0.3, random_state=21)
knn = KNeighborsClassifier()
knn.fit(X_train, y_train)
print('knn', knn.score(X_test, y_test))
svm = SVC()
svm.fit(X_train, y_train)
print('svm', svm.score(X_test, y_test))
