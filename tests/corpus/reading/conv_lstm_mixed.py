import numpy as np
import keras
from keras.layers import Conv1D, MaxPooling1D, LSTM, Dense, Input

keras.utils.set_random_seed(8)
t = np.linspace(0, 6, 48)
rng = np.random.default_rng(8)
X, y = [], []
for i in range(360):
    c = i % 3
    X.append(np.sin((1 + c * .6) * t + rng.uniform(0, 3)) + rng.normal(0, .25, t.size))
    y.append(c)
X = np.array(X)[..., None]; y = np.array(y)

model = keras.Sequential([Input((48, 1)), Conv1D(4, 5, activation='relu'), MaxPooling1D(2), LSTM(6), Dense(3, activation='softmax')])
model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X[:270], y[:270], epochs=2, verbose=0)
print(model.evaluate(X[270:], y[270:], verbose=0)[1])
