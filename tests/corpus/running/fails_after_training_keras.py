import keras
import numpy as np
from sklearn.datasets import load_digits
keras.utils.set_random_seed(6)
d = load_digits()
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation='softmax')])
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
h = model.fit(d.images[:1000] / 255, d.target[:1000], epochs=2, verbose=0)
print(model.evaluate(d.images[1000:] / 255, d.target[1000:], verbose=0)[1])
print(h.history['acc'])   # KeyError on new keras
