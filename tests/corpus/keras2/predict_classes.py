import numpy as np
import pandas as pd
from keras.models import Sequential
from keras.layers import Dense
from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
import tensorflow as tf
np.random.seed(4); tf.random.set_seed(4)

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.33, random_state=4)
sc = StandardScaler()
X_train = sc.fit_transform(X_train); X_test = sc.transform(X_test)

clf = Sequential()
clf.add(Dense(3, activation='relu', input_dim=13))
clf.add(Dense(3, activation='softmax'))
clf.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
clf.fit(X_train, y_train, batch_size=10, epochs=3, verbose=0)
y_pred = clf.predict_classes(X_test)
print(y_pred)
print(accuracy_score(y_test, y_pred))
