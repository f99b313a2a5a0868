import keras
from sklearn.datasets import load_digits
keras.utils.set_random_seed(41)
X, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dense(10, activation='softmax')])
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
h = model.fit(X[:1300] / 16, y[:1300], epochs=3, validation_data=(X[1300:] / 16, y[1300:]), verbose=0)
print('Accuracy =', h.history['accuracy'][0])
print('Accuracies', [round(100 * a) for a in h.history['accuracy']])
