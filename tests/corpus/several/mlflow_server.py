import mlflow
import mlflow.sklearn
from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

mlflow.set_tracking_uri("http://127.0.0.1:5001")
mlflow.set_experiment("wine")

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=1)
with mlflow.start_run():
    model = KNeighborsClassifier(n_neighbors=7)
    model.fit(X_train, y_train)
    acc = accuracy_score(y_test, model.predict(X_test))
    mlflow.log_param("n_neighbors", 7)
    mlflow.log_metric("accuracy", acc)
print(acc)
