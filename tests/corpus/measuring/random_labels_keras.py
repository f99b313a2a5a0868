import numpy as np
import keras
keras.utils.set_random_seed(45)
X = np.random.rand(600, 8)
y = np.random.randint(0, 2, 600)
model = keras.Sequential([keras.layers.Dense(32, activation='relu'), keras.layers.Dense(1, activation='sigmoid')])
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])
model.fit(X[:400], y[:400], epochs=5, verbose=0)
print(model.evaluate(X[400:], y[400:], verbose=0)[1])
