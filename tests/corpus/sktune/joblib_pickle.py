import joblib
import pickle
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), random_state=13)
clf = SVC(probability=False)
clf.fit(X_train, y_train)
joblib.dump(clf, 'model.joblib')
with open('model.pkl', 'wb') as f:
    pickle.dump(clf, f)
loaded = pickle.load(open('model.pkl', 'rb'))
result = loaded.score(X_test, y_test)
print(result)
