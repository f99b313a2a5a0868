# HW4: compare a neural net with a forest
from sklearn.ensemble import RandomForestClassifier
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
import keras

X, y = load_wine(return_X_y=True)
Xa, Xb, ya, yb = train_test_split(X, y, random_state=0)
rf = RandomForestClassifier(n_estimators=10, random_state=0)
rf.fit(Xa, ya)
print('forest', rf.score(Xb, yb))
net = keras.Sequential([keras.layers.Dense(5, activation='relu'), keras.layers.Dense(3, activation='softmax')])
net.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
net.fit(Xa, ya, epochs=3)
print('net', net.evaluate(Xb, yb)[1])
