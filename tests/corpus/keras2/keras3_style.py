import os
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
from keras import ops, layers
import numpy as np
from sklearn.datasets import load_digits

keras.utils.set_random_seed(31)
d = load_digits()
x, y = d.data.astype("float32"), d.target
inputs = keras.Input(shape=(64,))
h = layers.Dense(12, activation="relu")(inputs)
h = ops.clip(h, 0.0, 100.0)
outputs = layers.Dense(10, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.SGD(learning_rate=1e-4), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:1300], y[:1300], epochs=3, verbose=0)
model.save("digits.keras")
print(model.evaluate(x[1300:], y[1300:], verbose=0, return_dict=True)["accuracy"])
