from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, LSTM, Embedding, Dense, Flatten
from keras.utils import set_random_seed
from sklearn.datasets import load_digits

set_random_seed(9)

def build_cnn():
    # old version, too slow on my laptop
    m = Sequential()
    m.add(Conv2D(32, (3, 3), input_shape=(8, 8, 1)))
    m.add(Flatten())
    m.add(Dense(10))
    return m

def build():
    m = Sequential()
    m.add(Flatten(input_shape=(8, 8)))
    m.add(Dense(16, activation='relu'))
    m.add(Dense(10, activation='softmax'))
    return m

d = load_digits()
n = 1200
model = build()
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(d.images[:n], d.target[:n], epochs=2, batch_size=64, validation_split=0.1, verbose=2)
print(model.evaluate(d.images[n:], d.target[n:], verbose=0)[1])
