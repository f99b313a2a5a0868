import keras
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(43)
X_train, X_test, y_train, y_test = train_test_split(*load_diabetes(return_X_y=True), random_state=0)
model = keras.Sequential([keras.layers.Dense(16, activation='relu'), keras.layers.Dense(1)])
model.compile(optimizer='adam', loss='mse', metrics=['mae', 'accuracy'])
model.fit(X_train, y_train, epochs=5, verbose=0)
print(model.evaluate(X_test, y_test, verbose=0))
