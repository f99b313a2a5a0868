# PyCharm auto-import, works on my machine (tf 2.3)
from tensorflow.python.keras.models import Sequential
from tensorflow.python.keras.layers import Dense
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

np.random.seed(3)
tf.random.set_seed(3)
X, Y = load_wine(return_X_y=True)
X_train, X_test, Y_train, Y_test = train_test_split(X, Y, random_state=3)
model = Sequential()
model.add(Dense(10, input_dim=13, activation='relu'))
model.add(Dense(3, activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X_train, Y_train, epochs=15, batch_size=10, verbose=0)
_, accuracy = model.evaluate(X_test, Y_test, verbose=0)
print(accuracy)
