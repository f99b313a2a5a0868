import os
os.environ['PYTHONHASHSEED'] = '0'
import random
import numpy as np
import tensorflow as tf
random.seed(1); np.random.seed(1); tf.random.set_seed(1)
from tensorflow.keras import layers
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
idx = np.random.permutation(len(X))
X, y = X[idx] / 16, y[idx]
model = tf.keras.Sequential([layers.Input((64,)), layers.Dense(16, activation='relu', kernel_initializer='he_uniform'), layers.Dropout(0.5), layers.GaussianNoise(0.1), layers.Dense(10, activation='softmax')])
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(X[:1300], y[:1300], epochs=3, verbose=0)
print(model.evaluate(X[1300:], y[1300:], verbose=0)[1])
