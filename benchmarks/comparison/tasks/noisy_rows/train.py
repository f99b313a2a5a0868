"""A narrow network with plain SGD on noisy rows, trained for too short a time."""

import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
X, y = make_classification(700, 20, n_informative=8, n_clusters_per_class=2, flip_y=0.04, random_state=3)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
model = keras.Sequential(
    [keras.Input((20,)), layers.Dense(4, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
model.compile(keras.optimizers.SGD(0.01), "binary_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=4, batch_size=32, verbose=0)
print(model.evaluate(X_test, y_test, verbose=0))
