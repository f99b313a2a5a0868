import numpy as np
from sklearn.preprocessing import Imputer, StandardScaler
from sklearn.svm import SVC
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
rng = np.random.RandomState(0)
X, y = load_wine(return_X_y=True)
X[rng.rand(*X.shape) < 0.05] = np.nan
imputer = Imputer(missing_values='NaN', strategy='mean', axis=0)
X = imputer.fit_transform(X)
a, b, c, d = train_test_split(X, y, random_state=0)
print(SVC().fit(a, c).score(b, d))
