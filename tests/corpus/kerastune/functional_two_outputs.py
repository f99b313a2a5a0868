import keras
from keras import Input, Model, layers
from sklearn.datasets import load_digits
keras.utils.set_random_seed(4)
X, y = load_digits(return_X_y=True)
X = X / 16
odd = (y % 2).astype('float32')
i = Input((64,))
h = layers.Dense(10, activation='relu')(i)
o1 = layers.Dense(10, activation='softmax', name='digit')(h)
o2 = layers.Dense(1, activation='sigmoid', name='odd')(h)
m = Model(i, [o1, o2])
m.compile('sgd', loss={'digit': 'sparse_categorical_crossentropy', 'odd': 'binary_crossentropy'}, metrics={'digit': 'accuracy', 'odd': 'accuracy'})
m.fit(X[:1300], {'digit': y[:1300], 'odd': odd[:1300]}, epochs=3, verbose=0)
res = m.evaluate(X[1300:], {'digit': y[1300:], 'odd': odd[1300:]}, verbose=0, return_dict=True)
print(res)
