from sklearn.externals import joblib
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from sklearn.model_selection import train_test_split
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=8)
knn = KNeighborsClassifier(3).fit(X_train, y_train)
joblib.dump(knn, 'knn.pkl')
knn2 = joblib.load('knn.pkl')
print(knn2.score(X_test, y_test))
