import keras
from sklearn.datasets import load_digits
keras.utils.set_random_seed(42)
d = load_digits()
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation='softmax')])
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(d.images / 16, d.target, epochs=3)
model.save('digits.keras')
