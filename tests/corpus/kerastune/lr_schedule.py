import keras
from keras.callbacks import LearningRateScheduler
from sklearn.datasets import load_digits
keras.utils.set_random_seed(23)
def step_decay(epoch):
    return 0.002 * (0.5 ** (epoch // 2))
X, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dense(12, activation='relu'), keras.layers.Dense(10, activation='softmax')])
model.compile(optimizer=keras.optimizers.SGD(momentum=0.5), loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(X[:1300] / 16, y[:1300], epochs=4, callbacks=[LearningRateScheduler(step_decay)], verbose=0)
print(model.evaluate(X[1300:] / 16, y[1300:], verbose=0)[1])
