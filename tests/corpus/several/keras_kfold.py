import numpy as np
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
keras.utils.set_random_seed(33)
X, y = load_wine(return_X_y=True)
X = StandardScaler().fit_transform(X)
def make():
    m = keras.Sequential([keras.layers.Dense(4, activation='relu'), keras.layers.Dense(3, activation='softmax')])
    m.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
    return m
cv = []
for train, test in StratifiedKFold(n_splits=3, shuffle=True, random_state=7).split(X, y):
    model = make()
    model.fit(X[train], y[train], epochs=3, verbose=0)
    scores = model.evaluate(X[test], y[test], verbose=0)
    print("%s: %.2f%%" % ('acc', scores[1] * 100))
    cv.append(scores[1])
print(np.mean(cv))
