import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_diabetes(return_X_y=True), test_size=0.25, random_state=2)
reg = GradientBoostingRegressor(n_estimators=2, random_state=0)
reg.fit(X_train, y_train)
rmse = np.sqrt(mean_squared_error(y_test, reg.predict(X_test)))
print('RMSE', rmse)
