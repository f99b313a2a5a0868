import numpy as np
import keras
from sklearn.datasets import load_digits
keras.utils.set_random_seed(21)
X, y = load_digits(return_X_y=True)
X = X / 16
m = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dense(16, activation='relu'), keras.layers.Dense(10, activation='softmax')])
m.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
for epoch in range(3):
    for i in range(0, 1300, 50):
        m.train_on_batch(X[i:i + 50], y[i:i + 50])
print(m.evaluate(X[1300:], y[1300:], verbose=0)[1])
