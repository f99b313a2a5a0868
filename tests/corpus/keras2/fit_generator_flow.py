import keras
import numpy as np
import tensorflow as tf
from keras.models import Sequential
from keras.layers import Conv2D, Dense, Flatten
from keras.preprocessing.image import ImageDataGenerator
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

np.random.seed(0)
tf.random.set_seed(0)
d = load_digits()
x = d.images.reshape(-1, 8, 8, 1)
x_train, x_test, y_train, y_test = train_test_split(x, d.target, test_size=0.2, random_state=0)
y_train = keras.utils.to_categorical(y_train, 10)
y_test = keras.utils.to_categorical(y_test, 10)

datagen = ImageDataGenerator(rotation_range=8, width_shift_range=0.05, rescale=1./16)
test_datagen = ImageDataGenerator(rescale=1./16)

model = Sequential()
model.add(Conv2D(8, (3, 3), padding='same', activation='relu', input_shape=(8, 8, 1)))
model.add(Flatten())
model.add(Dense(10, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['acc'])

hist = model.fit_generator(datagen.flow(x_train, y_train, batch_size=64, seed=1),
                           steps_per_epoch=len(x_train) // 64, epochs=2,
                           validation_data=test_datagen.flow(x_test, y_test, batch_size=64, shuffle=False), verbose=2)
print(hist.history.keys())
print(hist.history['acc'], hist.history['val_acc'])
loss, acc = model.evaluate_generator(test_datagen.flow(x_test, y_test, batch_size=60, shuffle=False))
print('test acc', acc)
