"""Tell three Italian wines apart by their chemistry."""

from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=1)

clf = SVC()
clf.fit(X_train, y_train)

y_pred = clf.predict(X_test)
print("accuracy:", accuracy_score(y_test, y_pred))
