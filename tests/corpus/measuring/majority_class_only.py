from sklearn.dummy import DummyClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.metrics import accuracy_score, classification_report
X_train, X_test, y_train, y_test = train_test_split(*load_breast_cancer(return_X_y=True), random_state=0)
dummy = DummyClassifier(strategy='most_frequent').fit(X_train, y_train)
print(classification_report(y_test, dummy.predict(X_test), zero_division=0))
print(accuracy_score(y_test, dummy.predict(X_test)))
