"""Read handwritten digits (8 x 8 pixels) with a small convolutional network."""

import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

digits = load_digits()
x_train, x_test, y_train, y_test = train_test_split(
    digits.images[..., None], digits.target, test_size=0.25, random_state=0
)

model = keras.Sequential(
    [
        layers.Input(shape=(8, 8, 1)),
        layers.Conv2D(4, 3, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.summary()

model.fit(x_train, y_train, epochs=3, batch_size=64, validation_split=0.1)

loss, accuracy = model.evaluate(x_test, y_test)
print(f"test accuracy: {accuracy:.3f}")
