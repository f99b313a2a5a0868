"""Train a small network on a named data set or a table: convolutional on images, dense on the rest."""

import argparse

import keras
from datasets import load
from keras import layers
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="digits")
parser.add_argument("--target-column", default="")
arguments = parser.parse_args()

x, y = load(arguments.data, arguments.target_column)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)

model = keras.Sequential([layers.Input(shape=x.shape[1:])])
if x.ndim == 4:
    model.add(layers.Conv2D(16, 3, activation="relu"))
    model.add(layers.Flatten())
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dense(int(y.max()) + 1, activation="softmax"))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=10, batch_size=32, verbose=2)

print("test accuracy:", model.evaluate(x_test, y_test, verbose=0)[1])
