import numpy as np
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(36)
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=36)
layers = [20, 20, 20, 20, 20]
model = keras.Sequential([keras.Input((64,))] + [keras.layers.Dense(n, activation='sigmoid') for n in layers] + [keras.layers.Dense(10, activation='softmax')])
model.compile(loss='sparse_categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
model.fit(X_train, y_train, epochs=10, verbose=0)
pred = np.argmax(model.predict(X_test, verbose=0), axis=1)
print(np.mean(pred == y_test))
