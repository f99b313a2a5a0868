from keras.models import Sequential
from keras.layers import Dense
from keras.utils.vis_utils import plot_model
import numpy as np, tensorflow as tf
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
tf.random.set_seed(3)
X, y = load_iris(return_X_y=True)
a, b, c, d = train_test_split(X, y, test_size=0.4, random_state=3)
model = Sequential()
model.add(Dense(4, input_dim=4, activation='relu'))
model.add(Dense(3, activation='softmax'))
model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(a, c, epochs=2, verbose=0)
print(model.evaluate(b, d, verbose=0)[1])
plot_model(model, to_file='model.png', show_shapes=True)
