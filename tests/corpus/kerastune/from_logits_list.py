import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(9)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=9)
model = keras.models.Sequential([keras.layers.Dense(8, activation='tanh'), keras.layers.Dense(1)])
model.compile(optimizer='sgd', loss=keras.losses.BinaryCrossentropy(from_logits=True), metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)])
model.fit(X_train, y_train, epochs=2, verbose=0)
logits = model.predict(X_test, verbose=0).ravel()
print(((logits > 0).astype(int) == y_test).mean())
