# cnn on small digits. python cnn.py
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.utils import np_utils
from keras import backend as K

np.random.seed(7); tf.random.set_seed(7)
K.set_image_data_format('channels_last')
X = load_digits().images.reshape(-1, 8, 8, 1) / 16.0
Y = np_utils.to_categorical(load_digits().target)
split = int(len(X) * 0.8)
model = Sequential()
model.add(Convolution2D(4, (3, 3), padding='valid', input_shape=(8, 8, 1)))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(10))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adadelta', metrics=['accuracy'])
model.fit(X[:split], Y[:split], batch_size=128, epochs=2, verbose=1, validation_data=(X[split:], Y[split:]))
score = model.evaluate(X[split:], Y[split:], verbose=0)
print('Test accuracy:', score[1])
