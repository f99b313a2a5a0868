from tensorflow.keras.layers import Input, Dense, BatchNormalization, Activation
from tensorflow.keras.models import Model
from tensorflow.keras.utils import set_random_seed
from sklearn.datasets import load_digits
set_random_seed(2)
X, y = load_digits(return_X_y=True)
inp = Input(shape=(64,))
x = Dense(6)(inp)
x = Activation('relu')(x)
x = Dense(6)(x)
x = Activation('relu')(x)
out = Dense(10, activation='softmax')(x)
model = Model(inputs=inp, outputs=out)
model.compile(optimizer='sgd', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(X[:1200], y[:1200], epochs=3, batch_size=100, verbose=0)
print(model.evaluate(X[1200:], y[1200:], verbose=0)[1])
