# One network, two questions: which digit is it, and how much ink does it take
import keras
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(1)
X, y = load_digits(return_X_y=True)
ink = X.mean(axis=1) / 16
X_train, X_test, y_train, y_test, ink_train, ink_test = train_test_split(X, y, ink, test_size=0.25, random_state=0)
train = tf.data.Dataset.from_tensor_slices((X_train, (y_train, ink_train))).shuffle(1000).batch(32)
test = tf.data.Dataset.from_tensor_slices((X_test, (y_test, ink_test))).batch(32)

inputs = keras.Input((64,))
hidden = layers.Dense(12, activation="relu")(inputs)
digit = layers.Dense(10, activation="softmax", name="digit")(hidden)
amount = layers.Dense(1, name="ink")(hidden)
model = keras.Model(inputs, [digit, amount])
model.compile(keras.optimizers.Adam(0.0005), loss=["sparse_categorical_crossentropy", "mse"], metrics=[["accuracy"], ["mae"]])
model.fit(train, epochs=3, verbose=0)
print(model.evaluate(test, verbose=0, return_dict=True))
