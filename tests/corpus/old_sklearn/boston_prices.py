from sklearn.datasets import load_boston
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
boston = load_boston()
X_train, X_test, y_train, y_test = train_test_split(boston.data, boston.target, random_state=5)
lr = LinearRegression()
lr.fit(X_train, y_train)
print("R2", lr.score(X_test, y_test))
