import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Embedding, LSTM, Dense, Conv1D
from tensorflow.keras.preprocessing.sequence import pad_sequences
import tensorflow as tf

tf.keras.utils.set_random_seed(2)
rng = np.random.RandomState(2)
# toy "reviews": words 1..20 are good, 21..40 bad, the rest is filler
def review(label):
    words = rng.randint(41, 200, size=rng.randint(5, 14))
    k = rng.randint(1, 4)
    pos = rng.choice(len(words), k, replace=False)
    words[pos] = rng.randint(1, 21, size=k) if label else rng.randint(21, 41, size=k)
    return list(words)
labels = np.array([i % 2 for i in range(700)])
texts = [review(l) for l in labels]
X = pad_sequences(texts, maxlen=14)
X_train, X_test, y_train, y_test = X[:500], X[500:], labels[:500], labels[500:]

model = Sequential()
model.add(Embedding(200, 8))
model.add(LSTM(8))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X_train, y_train, epochs=2, batch_size=32, verbose=0)
scores = model.evaluate(X_test, y_test, verbose=0)
print("Accuracy: %.2f%%" % (scores[1] * 100))
