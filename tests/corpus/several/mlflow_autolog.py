import mlflow
import mlflow.sklearn
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
mlflow.sklearn.autolog()
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), test_size=0.3, random_state=24)
with mlflow.start_run():
    clf = SVC()
    clf.fit(X_train, y_train)
    print(clf.score(X_test, y_test))
