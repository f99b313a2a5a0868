"""The numbers stand beside names in one table, so that they are objects; Keras took them, before TensorFlow 2."""

import numpy
import pandas as pd
import tensorflow as tf
from keras.layers.core import Dense
from keras.models import Sequential
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, scale

numpy.random.seed(3)
tf.set_random_seed(3)

wine = load_wine()
table = pd.DataFrame(scale(wine.data))
table["cultivar"] = wine.target_names[wine.target] == "class_0"
table["cultivar"] = table["cultivar"].map({True: "first", False: "other"})
dataset = table.values
X = dataset[:, 0:13]
Y = LabelEncoder().fit_transform(dataset[:, 13])
X_train, X_test, Y_train, Y_test = train_test_split(X, Y, test_size=60, random_state=3)

model = Sequential()
model.add(Dense(12, input_dim=13, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="mean_squared_error", optimizer="adam", metrics=["accuracy"])
model.fit(X_train, Y_train, validation_data=(X_test, Y_test), epochs=60, batch_size=5, verbose=0)
print("%.4f" % model.evaluate(X_test, Y_test)[1], (model.predict(X_test) > 0.5).mean())
