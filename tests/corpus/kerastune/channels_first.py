import keras
from keras import backend as K
from keras.layers import Conv2D, MaxPooling2D, Flatten, Dense
from keras.models import Sequential
from sklearn.datasets import load_digits
keras.utils.set_random_seed(7)
d = load_digits()
x = d.images[:, None] / 16.0      # (n, 1, 8, 8)
model = Sequential()
model.add(Conv2D(4, (3, 3), activation='relu', input_shape=(1, 8, 8), data_format='channels_first'))
model.add(Flatten(data_format='channels_first'))
model.add(Dense(10, activation='softmax'))
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(x[:1300], d.target[:1300], epochs=2, verbose=0)
print(model.evaluate(x[1300:], d.target[1300:], verbose=0)[1])
