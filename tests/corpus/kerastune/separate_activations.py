import tensorflow as tf
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Activation, LeakyReLU, Dropout
from sklearn.datasets import load_digits
tf.keras.utils.set_random_seed(10)
X, y = load_digits(return_X_y=True)
model = Sequential()
model.add(Dense(12, input_shape=(64,)))
model.add(LeakyReLU(0.1))
model.add(Dropout(0.9))
model.add(Dense(10))
model.add(Activation('softmax'))
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(X[:1400], y[:1400], epochs=3, verbose=0)
print(model.evaluate(X[1400:], y[1400:], verbose=0)[1])
