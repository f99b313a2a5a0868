from __future__ import print_function
import numpy as np
np.random.seed(1337)  # for reproducibility
import tensorflow as tf
tf.random.set_seed(1337)
from keras.models import Sequential
from keras.layers import Dense, Activation
from keras.optimizers import Adam, SGD
from keras.utils import np_utils
from sklearn.datasets import load_digits

batch_size = 128
nb_classes = 10

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test, y_test = X[:1400], y[:1400], X[1400:], y[1400:]
X_train = X_train.astype('float32')
X_test = X_test.astype('float32')
X_train /= 16
X_test /= 16
print(X_train.shape[0], 'train samples')
# convert class vectors to binary class matrices
Y_train = np_utils.to_categorical(y_train, nb_classes)
Y_test = np_utils.to_categorical(y_test, nb_classes)

model = Sequential()
model.add(Dense(32, input_shape=(64,)))
model.add(Activation('relu'))
model.add(Dense(10))
model.add(Activation('softmax'))
model.summary()
model.compile(loss='categorical_crossentropy', optimizer=Adam(lr=0.0005, decay=1e-6), metrics=['accuracy'])
model.fit(X_train, Y_train, batch_size=batch_size, epochs=3, verbose=1, validation_data=(X_test, Y_test))
score = model.evaluate(X_test, Y_test, verbose=0)
print('Test score:', score[0])
print('Test accuracy:', score[1])
