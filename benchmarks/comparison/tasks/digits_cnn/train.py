"""A small convolution with a stride on 8x8 digits, with plain SGD and few epochs."""

import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
X, y = load_digits(return_X_y=True)
X = X.reshape(-1, 8, 8, 1)[:700]
X_train, X_test, y_train, y_test = train_test_split(X, y[:700], test_size=0.3, random_state=0)
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(4, 3, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.SGD(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=4, batch_size=64, verbose=0)
print(model.evaluate(X_test, y_test, verbose=0))
