# comparing one-hot targets with sklearn MLP, keras only for the utils
from keras.utils import to_categorical
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.metrics import accuracy_score
import numpy as np

X, y = load_wine(return_X_y=True)
Y = to_categorical(y)
print(Y.shape)
Xtr, Xte, ytr, yte = train_test_split(X, y, test_size=0.3, random_state=0)
mlp = MLPClassifier(hidden_layer_sizes=(4,), max_iter=60, random_state=3)
mlp.fit(Xtr, ytr)
p = mlp.predict(Xte)
print('acc', accuracy_score(yte, p))
