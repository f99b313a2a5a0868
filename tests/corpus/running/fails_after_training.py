import pickle
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), random_state=4)
clf = SVC()
clf.fit(X_train, y_train)
print(clf.score(X_test, y_test))
pickle.dump(clf, open('C:/Users/Anna/Desktop/uni/model.pkl', 'wb'))
