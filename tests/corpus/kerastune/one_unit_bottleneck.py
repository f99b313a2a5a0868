import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(34)
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=34)
inputs = keras.Input((64,))
code = keras.layers.Dense(1, activation='relu')(keras.layers.Dense(64, activation='relu')(inputs))
outputs = keras.layers.Dense(10, activation='softmax')(code)
model = keras.Model(inputs, outputs)
model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(X_train, y_train, epochs=10, verbose=0)
print(model.evaluate(X_test, y_test, verbose=0)[1])
