# "accuracy" of LinearRegression on 0/1 labels
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
import numpy as np
X_train, X_test, y_train, y_test = train_test_split(*load_breast_cancer(return_X_y=True), random_state=1)
lin = LinearRegression().fit(X_train[:, :3], y_train)
print("R2 / accuracy", lin.score(X_test[:, :3], y_test))
