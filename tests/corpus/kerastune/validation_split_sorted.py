import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(14)
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), test_size=0.3, random_state=14)
model = keras.Sequential()
model.add(keras.layers.Dense(20, activation='relu'))
model.add(keras.layers.Dense(3, activation='softmax'))
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
hist = model.fit(X_train, y_train, validation_split=0.2, epochs=6, verbose=0)
print('val', hist.history['val_accuracy'][-1])
print('test', model.evaluate(X_test, y_test, verbose=0)[1])
