import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Activation
from keras.optimizers import SGD
X = np.random.rand(200, 5)
y = (X.sum(1) > 2.5).astype(int)
model = Sequential()
model.add(Dense(8, input_dim=5))
model.add(Activation('tanh'))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=SGD(lr=0.1))
model.fit(X, y, nb_epoch=5)
print model.predict_proba(X[:3])
