import math
import keras
import numpy as np
from keras.utils import Sequence
from sklearn.datasets import load_digits

class DigitSequence(Sequence):
    def __init__(self, x, y, batch_size, **kw):
        super().__init__(**kw)
        self.x, self.y, self.batch_size = x, y, batch_size
    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)
    def __getitem__(self, idx):
        s = slice(idx * self.batch_size, (idx + 1) * self.batch_size)
        return self.x[s] / 16., self.y[s]

keras.utils.set_random_seed(18)
d = load_digits()
x = d.images[..., np.newaxis]
train, test = DigitSequence(x[:1300], d.target[:1300], 64), DigitSequence(x[1300:], d.target[1300:], 64)
model = keras.Sequential([keras.layers.Conv2D(4, 3, activation='relu'), keras.layers.Flatten(), keras.layers.Dense(10, activation='softmax')])
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(train, epochs=2, verbose=0)
print(model.evaluate(test, verbose=0)[1])
