from keras import Sequential, layers, regularizers, utils
from sklearn.datasets import load_digits
utils.set_random_seed(32)
X, y = load_digits(return_X_y=True)
x_train, y_train, x_val, y_val = X[:1200] / 16., y[:1200], X[1200:] / 16., y[1200:]
# very strong regularization so it can not overfit
reg = regularizers.l2(0.5)
model = Sequential()
model.add(layers.Input(shape=(64,)))
for units in (32, 32):
    model.add(layers.Dense(units, activation='relu', kernel_regularizer=reg))
    model.add(layers.Dropout(0.9))
model.add(layers.Dense(10, activation='softmax'))
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(x_train, y_train, epochs=8, batch_size=64, validation_data=(x_val, y_val), verbose=2)
print('val_accuracy', model.evaluate(x_val, y_val, verbose=0)[1])
