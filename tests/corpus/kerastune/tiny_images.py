"""4x4 downsampled digits: one more pooling and nothing is left."""
import keras
from keras.layers import *
from sklearn.datasets import load_digits
keras.utils.set_random_seed(8)
d = load_digits()
x = d.images.reshape(-1, 4, 2, 4, 2).mean((2, 4))[..., None]
net = keras.Sequential([Input((4, 4, 1)), Conv2D(4, 3, activation='relu'), MaxPooling2D(2), Flatten(), Dense(10, activation='softmax')])
net.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
net.fit(x[:1300], d.target[:1300], epochs=5, verbose=0, validation_split=0.1)
print(net.evaluate(x[1300:], d.target[1300:], verbose=0)[1])
