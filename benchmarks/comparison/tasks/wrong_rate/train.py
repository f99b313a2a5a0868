"""A deep network whose learning rate is far too high."""

import keras
from keras import layers
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
X, y = make_moons(700, noise=0.2, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
model = keras.Sequential(
    [
        keras.Input((2,)),
        layers.Dense(16, activation="tanh"),
        layers.Dense(16, activation="tanh"),
        layers.Dense(16, activation="tanh"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.Adam(1.0), "binary_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=4, batch_size=32, verbose=0)
print(model.evaluate(X_test, y_test, verbose=0))
