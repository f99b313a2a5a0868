import os
import numpy as np
import tensorflow as tf
from keras.models import Sequential, load_model
from keras.layers import Dense
from keras.callbacks import ModelCheckpoint
from keras.optimizers import SGD
from sklearn.datasets import load_wine
from sklearn.preprocessing import minmax_scale
from sklearn.model_selection import train_test_split
np.random.seed(2); tf.random.set_seed(2)
X, y = load_wine(return_X_y=True)
X = minmax_scale(X)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=2)
model = Sequential([Dense(6, input_dim=13, activation='relu'), Dense(3, activation='softmax')])
model.compile(SGD(lr=.01), 'sparse_categorical_crossentropy', metrics=['accuracy'])
if not os.path.exists('weights'):
    os.makedirs('weights')
cp = ModelCheckpoint('weights/best.{epoch:02d}-{val_accuracy:.2f}.hdf5', monitor='val_accuracy', save_best_only=True)
model.fit(X_train, y_train, epochs=5, validation_split=0.2, callbacks=[cp], verbose=0)
model.save('my_model.h5')
del model
model = load_model('my_model.h5')
print('accuracy', model.evaluate(X_test, y_test, verbose=0)[1])
