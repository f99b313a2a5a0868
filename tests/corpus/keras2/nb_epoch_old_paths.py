import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation
from keras.layers.normalization import BatchNormalization
from keras.utils.np_utils import to_categorical
from keras.optimizers import SGD
from sklearn.datasets import load_iris
from sklearn.cross_validation import train_test_split

np.random.seed(1)
iris = load_iris()
X_train, X_test, y_train, y_test = train_test_split(iris.data, iris.target, test_size=0.5, random_state=0)
model = Sequential()
model.add(Dense(16, input_shape=(4,)))
model.add(BatchNormalization())
model.add(Activation('sigmoid'))
model.add(Dropout(0.5))
model.add(Dense(3))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer=SGD(lr=0.01, momentum=0.9, decay=1e-6, nesterov=True), metrics=["accuracy"])
model.fit(X_train, to_categorical(y_train), nb_epoch=3, batch_size=1, verbose=0)
loss, accuracy = model.evaluate(X_test, to_categorical(y_test), verbose=0)
print("Accuracy = {:.2f}".format(accuracy))
