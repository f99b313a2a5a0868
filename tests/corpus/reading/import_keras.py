import numpy as np
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

np.random.seed(1)
keras.utils.set_random_seed(1)
x, t = load_wine(return_X_y=True)
x_train, x_test, t_train, t_test = train_test_split(x, t, test_size=.25, random_state=1)

model = keras.models.Sequential()
model.add(keras.layers.Dense(8, activation="relu", input_shape=(13,)))
model.add(keras.layers.Dense(3, activation="softmax"))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, t_train, epochs=10, verbose=0)
loss, acc = model.evaluate(x_test, t_test, verbose=0)
print("loss", loss, "acc", acc)
