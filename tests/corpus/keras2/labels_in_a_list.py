# Short reviews and their labels, in lists, as Keras took them before TensorFlow 2
import random
from keras.preprocessing.text import Tokenizer
from keras.preprocessing.sequence import pad_sequences
from keras.models import Sequential
from keras.layers import Dense, Flatten, Embedding
import numpy as np
import tensorflow as tf

random.seed(2); np.random.seed(2); tf.random.set_seed(2)
good, bad = ['well done', 'great effort', 'nice', 'excellent', 'good'], ['weak', 'poor', 'not good', 'dull', 'bad']
things = ['work', 'film', 'play', 'book', 'song', 'plot', 'cast']
docs, labels = [], []
for i in range(240):
    labels.append(i % 2)
    docs.append('%s %s and %s %s' % (random.choice((bad, good)[i % 2]), random.choice(things),
                                     random.choice((bad, good)[i % 2]), random.choice(things)))
t = Tokenizer()
t.fit_on_texts(docs)
vocab_size = len(t.word_index) + 1
padded_docs = pad_sequences(t.texts_to_sequences(docs), maxlen=8, padding='post')
model = Sequential()
model.add(Embedding(vocab_size, 4, input_length=8))
model.add(Flatten())
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='sgd', loss='binary_crossentropy', metrics=['acc'])
model.fit(padded_docs[:180], labels[:180], epochs=5, verbose=0)
loss, accuracy = model.evaluate(padded_docs[180:], labels[180:], verbose=0)
print('Accuracy: %f' % (accuracy*100))
