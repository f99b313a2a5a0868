import keras
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(25)
X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, keras.utils.to_categorical(y), test_size=0.33, random_state=25)
model = keras.Sequential([keras.layers.Dense(10, activation='relu'), keras.layers.Dense(3, activation='softmax')])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=5.0), loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(X_train, y_train, epochs=20, verbose=0)
print(model.evaluate(X_test, y_test, verbose=0)[1])
