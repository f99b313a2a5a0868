import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(15)
d = load_digits()
x_train, x_test, y_train, y_test = train_test_split(d.images[..., None], d.target, random_state=15)
model = keras.Sequential([layers.Conv2D(4, 3, activation='relu'), layers.GlobalMaxPooling2D(), layers.Dense(10, activation='softmax')])
model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
h = model.fit(x_train, y_train, epochs=3, validation_data=(x_test, y_test), verbose=0)
print("best val acc:", max(h.history['val_accuracy']))
