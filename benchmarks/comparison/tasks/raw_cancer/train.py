"""A network on columns of very different sizes, not scaled."""

import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
model = keras.Sequential(
    [keras.Input((30,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=4, batch_size=32, verbose=0)
print(model.evaluate(X_test, y_test, verbose=0))
