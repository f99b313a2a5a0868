import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.layers import Conv2D, MaxPooling2D, Flatten   # for later
import numpy as np
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from sklearn.model_selection import train_test_split

data = load_wine()
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, random_state=7)
clf = SVC(kernel='rbf')
clf.fit(X_train, y_train)
print(clf.score(X_test, y_test))
