import numpy as np
import tensorflow as tf
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import GRU, Dense
tf.keras.utils.set_random_seed(27)
rng = np.random.RandomState(27)
n, T = 500, 20
y = rng.randint(0, 2, n)
X = rng.normal(0, 1, (n, T, 1)) + np.where(y, 1, -1)[:, None, None] * np.linspace(0, 1.2, T)[None, :, None]
model = Sequential([GRU(2, input_shape=(T, 1)), Dense(1, activation='sigmoid')])
model.compile(loss='binary_crossentropy', optimizer=tf.keras.optimizers.SGD(0.0005), metrics=['accuracy'])
model.fit(X[:350], y[:350], epochs=2, verbose=0)
print(model.evaluate(X[350:], y[350:], verbose=0)[1])
