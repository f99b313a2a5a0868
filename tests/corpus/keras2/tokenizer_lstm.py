import numpy as np
import tensorflow as tf
from keras.preprocessing.text import Tokenizer
from keras.preprocessing.sequence import pad_sequences
from keras.models import Sequential
from keras.layers import Dense, Embedding, LSTM, SpatialDropout1D
from keras.utils.np_utils import to_categorical
from sklearn.model_selection import train_test_split
import random
random.seed(42); np.random.seed(42); tf.random.set_seed(42)

good = "great lovely tasty fresh nice super".split()
bad = "awful slow cold rude dirty broken".split()
rest = "the food place table was we came and they had a for with soup waiter evening".split()
texts, labels = [], []
for i in range(600):
    mood = i % 2
    words = [random.choice(rest) for _ in range(random.randint(4, 9))] + [random.choice(good if mood else bad)]
    random.shuffle(words)
    texts.append(' '.join(words)); labels.append(mood)

max_fatures = 50
tokenizer = Tokenizer(nb_words=max_fatures, split=' ') if False else Tokenizer(num_words=max_fatures, split=' ')
tokenizer.fit_on_texts(texts)
X = pad_sequences(tokenizer.texts_to_sequences(texts))
Y = to_categorical(labels)
X_train, X_test, Y_train, Y_test = train_test_split(X, Y, test_size=0.33, random_state=42)
model = Sequential()
model.add(Embedding(max_fatures, 8, input_length=X.shape[1]))
model.add(SpatialDropout1D(0.4))
model.add(LSTM(8, dropout=0.2))
model.add(Dense(2, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X_train, Y_train, epochs=2, batch_size=64, verbose=2)
score, acc = model.evaluate(X_test, Y_test, verbose=2, batch_size=64)
print("acc: %.4f" % acc)
