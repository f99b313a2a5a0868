import keras
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(1)
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), test_size=0.3, random_state=3)
# no input shape, keras works it out
model = keras.Sequential([
    layers.Dense(16, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=8, batch_size=16, verbose=0)
print("Test accuracy:", model.evaluate(X_test, y_test, verbose=0)[1])
