import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(28)
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), random_state=28)
norm = layers.Normalization()
norm.adapt(X_train)
model = keras.Sequential([norm, layers.Dense(3, activation='tanh'), layers.Dense(3, activation='softmax')])
model.compile(optimizer='sgd', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(X_train, y_train, epochs=2, verbose=0)
print('Accuracy', model.evaluate(X_test, y_test, verbose=0)[1])
