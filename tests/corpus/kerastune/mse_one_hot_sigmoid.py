import numpy as np
import keras
from sklearn.datasets import load_iris
from sklearn.preprocessing import LabelBinarizer
keras.utils.set_random_seed(26)
np.random.seed(26)
X, y = load_iris(return_X_y=True)
p = np.random.permutation(len(X))
X, y = X[p], LabelBinarizer().fit_transform(y[p])
net = keras.models.Sequential()
net.add(keras.layers.Dense(5, activation='sigmoid'))
net.add(keras.layers.Dense(3, activation='sigmoid'))
net.compile(loss='mean_squared_error', optimizer='sgd')
net.fit(X[:100], y[:100], epochs=30, verbose=0)
out = net.predict(X[100:], verbose=0)
ok = 0
for i in range(len(out)):
    if np.argmax(out[i]) == np.argmax(y[100 + i]):
        ok += 1
print("correct:", ok, "of", len(out), "->", ok / len(out))
