import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
import sys

EPOCHS = 2
HIDDEN = 4
keras.utils.set_random_seed(17)
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=50, random_state=17)
s = StandardScaler().fit(X_train)
model = keras.Sequential([layers.Input(shape=(13,)), layers.Dense(HIDDEN, activation="relu"), layers.Dense(3, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(s.transform(X_train), y_train, epochs=EPOCHS, verbose=0)
acc = model.evaluate(s.transform(X_test), y_test, verbose=0)[1]
with open('accuracy.txt', 'w') as f:
    f.write(str(acc))
model.save('net.keras')
print(acc)
