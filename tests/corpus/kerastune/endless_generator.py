import numpy as np
import keras
from sklearn.datasets import load_digits
keras.utils.set_random_seed(17)
X, y = load_digits(return_X_y=True)
X_tr, y_tr, X_te, y_te = X[:1300], y[:1300], X[1300:], y[1300:]

def batches(X, y, bs=50):
    i = 0
    while True:
        yield X[i:i + bs] / 16., y[i:i + bs]
        i = (i + bs) % len(X)

model = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dense(10, activation='relu'), keras.layers.Dense(10, activation='softmax')])
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(batches(X_tr, y_tr), steps_per_epoch=26, epochs=3, verbose=0)
print(model.evaluate(X_te / 16., y_te, verbose=0)[1])
