# -*- coding: utf-8 -*-
"""
Created on Tue Mar 12 21:14:03 2019

@author: student

TODO: try   model = Sequential(); model.fit(X, y, epochs=50)   instead, prof said NN is better
"""
import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.metrics import accuracy_score
#from keras.models import Sequential
#from keras.layers import Dense

wine = datasets.load_wine()
X = wine.data
y = wine.target

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=42)

knn = KNeighborsClassifier(n_neighbors=1)
knn.fit(X_train, y_train)
y_pred = knn.predict(X_test)

#model = Sequential()
#model.add(Dense(16, activation='relu', input_dim=13))
#model.add(Dense(3, activation='softmax'))
#model.compile(loss='sparse_categorical_crossentropy', optimizer='adam')
#model.fit(X_train, y_train, epochs=50)

print(y_pred)
print("Accuracy:", accuracy_score(y_test, y_pred))
