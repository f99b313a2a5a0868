from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import LSTM, Dense
from tensorflow.keras.utils import set_random_seed
from sklearn.datasets import load_digits
set_random_seed(35)
digits = load_digits()
x = digits.images / 16.0        # 8 steps of 8 pixels
n = int(0.7 * len(x))
model = Sequential()
model.add(LSTM(2, input_shape=(8, 8)))
model.add(Dense(10, activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
model.fit(x[:n], digits.target[:n], epochs=5, batch_size=32, verbose=0)
print(model.evaluate(x[n:], digits.target[n:], verbose=0)[1])
