from catboost import CatBoostClassifier, Pool
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
X, y = load_iris(return_X_y=True)
pipe = make_pipeline(StandardScaler(), CatBoostClassifier(iterations=30, verbose=False))
pipe.fit(X[::2], y[::2])
print(pipe.score(X[1::2], y[1::2]))
