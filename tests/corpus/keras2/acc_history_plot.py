import matplotlib.pyplot as plt
import tensorflow as tf
from tensorflow.keras import layers, models, optimizers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
tf.random.set_seed(10)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=10)
m = (X_train.mean(0), X_train.std(0))
X_train = (X_train - m[0]) / m[1]; X_test = (X_test - m[0]) / m[1]
model = models.Sequential()
model.add(layers.Dense(2, activation='relu', input_shape=(30,)))
model.add(layers.Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=optimizers.RMSprop(lr=1e-4), metrics=['acc'])
history = model.fit(X_train, y_train, epochs=3, batch_size=20, validation_data=(X_test, y_test))
acc = history.history['acc']
val_acc = history.history['val_acc']
epochs = range(1, len(acc) + 1)
plt.plot(epochs, acc, 'bo', label='Training acc')
plt.plot(epochs, val_acc, 'b', label='Validation acc')
plt.title('Training and validation accuracy')
plt.legend()
plt.show()
print(model.evaluate(X_test, y_test)[1])
