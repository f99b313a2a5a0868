from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
import joblib

def train():
    X, y = load_iris(return_X_y=True)
    clf = RandomForestClassifier(n_estimators=50)
    clf.fit(X, y)
    joblib.dump(clf, '/tmp/iris.joblib')

with DAG('iris', start_date=datetime(2023, 1, 1), schedule_interval='@daily', catchup=False) as dag:
    PythonOperator(task_id='train', python_callable=train)
