import keras
from keras.models import *
from keras.layers import *

def build_model():
    keras.utils.set_random_seed(21)
    model = Sequential()
    model.add(Conv2D(4, (3, 3), activation='relu', input_shape=(8, 8, 1)))
    model.add(Flatten())
    model.add(Dense(10, activation='softmax'))
    model.compile(optimizer='sgd', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
    return model
