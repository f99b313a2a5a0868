import tensorflow as tf
from tensorflow.keras import Model
from tensorflow.keras.layers import Dense, Flatten
from sklearn.datasets import load_digits

tf.keras.utils.set_random_seed(5)
class MyModel(Model):
    def __init__(self):
        super(MyModel, self).__init__()
        self.flatten = Flatten()
        self.d1 = Dense(32, activation='relu')
        self.d2 = Dense(10, activation='softmax')

    def call(self, x):
        x = self.flatten(x)
        x = self.d1(x)
        return self.d2(x)

d = load_digits()
model = MyModel()
model.compile(optimizer=tf.keras.optimizers.SGD(0.001), loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(d.images[:1300], d.target[:1300], epochs=1)
print(model.evaluate(d.images[1300:], d.target[1300:])[1])
