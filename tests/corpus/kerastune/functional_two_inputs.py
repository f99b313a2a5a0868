import numpy as np
import keras
from keras.layers import Input, Dense, concatenate, Conv2D, Flatten
from keras.models import Model
from sklearn.datasets import load_digits
keras.utils.set_random_seed(3)
d = load_digits()
imgs = d.images[..., None] / 16.
meta = np.c_[d.data.mean(1), d.data.std(1)]   # brightness, contrast
img_in = Input(shape=(8, 8, 1), name='img')
meta_in = Input(shape=(2,), name='meta')
a = Flatten()(Conv2D(3, 3, strides=2, activation='relu')(img_in))
b = Dense(4, activation='relu')(meta_in)
z = Dense(10, activation='softmax')(concatenate([a, b]))
model = Model([img_in, meta_in], z)
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit([imgs[:1300], meta[:1300]], d.target[:1300], epochs=2, verbose=0)
print('acc', model.evaluate([imgs[1300:], meta[1300:]], d.target[1300:], verbose=0)[1])
