import keras
from sklearn.datasets import load_digits
keras.utils.set_random_seed(31)
X, y = load_digits(return_X_y=True)
X = X / 16
model = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dense(12, activation='relu'), keras.layers.Dense(10, activation='softmax')])
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(X[:1300], y[:1300], epochs=2, verbose=0)
print('warm up', model.evaluate(X[1300:], y[1300:], verbose=0))
model.compile(keras.optimizers.SGD(0.001), 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(X[:1300], y[:1300], epochs=2, initial_epoch=0, verbose=0)
print('final', model.evaluate(X[1300:], y[1300:], verbose=0)[1])
