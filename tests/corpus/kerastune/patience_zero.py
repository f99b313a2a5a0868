import keras
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(31)
X, y = make_classification(1500, 20, n_informative=10, n_classes=4, class_sep=1.5, random_state=31)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=31)
model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(8, activation='relu'), keras.layers.Dense(4, activation='softmax')])
model.compile(keras.optimizers.SGD(0.001), 'sparse_categorical_crossentropy', metrics=['accuracy'])
stop = keras.callbacks.EarlyStopping(monitor='val_accuracy', patience=0, min_delta=0.05)
model.fit(X_train, y_train, epochs=50, validation_split=0.2, callbacks=[stop], verbose=0)
print(model.evaluate(X_test, y_test, verbose=0)[1])
