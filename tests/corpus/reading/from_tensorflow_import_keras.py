from tensorflow import keras
import tensorflow as tf
import numpy as np
from sklearn.datasets import load_iris
from sklearn.preprocessing import OneHotEncoder
from sklearn.model_selection import train_test_split

tf.random.set_seed(42); np.random.seed(42)
iris = load_iris()
X = iris['data']
y = OneHotEncoder().fit_transform(iris['target'].reshape(-1, 1)).toarray()
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=2)

n_features = X.shape[1]
n_classes = y.shape[1]

def create_custom_model(input_dim, output_dim, nodes, n=1, name='model'):
    model = keras.Sequential(name=name)
    for i in range(n):
        model.add(keras.layers.Dense(nodes, input_dim=input_dim, activation='relu'))
    model.add(keras.layers.Dense(output_dim, activation='softmax'))
    model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
    return model

model = create_custom_model(n_features, n_classes, 8, 1, 'model_1')
model.summary()
history = model.fit(X_train, y_train, batch_size=32, epochs=3, verbose=0)
score = model.evaluate(X_test, y_test, verbose=0)
print('Test loss:', score[0])
print('Test accuracy:', score[1])
