# transfer learning: pretrain on digits 0-4, freeze, learn 5-9
import keras
from keras import layers
import numpy as np
from sklearn.datasets import load_digits
keras.utils.set_random_seed(6)
d = load_digits()
x, y = d.images[..., None] / 16., d.target
low = y < 5
base = keras.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(12, 3, activation='relu'), layers.Conv2D(12, 3, activation='relu'), layers.Flatten()])
pre = keras.Sequential([base, layers.Dense(5, activation='softmax')])
pre.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
pre.fit(x[low], y[low], epochs=4, verbose=0)

base.trainable = False
xs, ys = x[~low], y[~low] - 5
model = keras.Sequential([base, layers.Dense(3, activation='relu'), layers.Dense(5, activation='softmax')])
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(xs[:650], ys[:650], epochs=2, verbose=0)
print(model.evaluate(xs[650:], ys[650:], verbose=0)[1])
