"""Keras scripts, each written as many are; the tests put ``HEAD`` in front of them."""

HEAD = """
import keras, numpy as np
from keras import layers
from sklearn.datasets import load_wine
X, y = load_wine(return_X_y=True)
order = np.random.RandomState(1).permutation(len(X))
X, y = X[order], y[order]
X_train, X_test, y_train, y_test = X[:130], X[130:], y[:130], y[130:]

def compiled(model, rate=0.001):
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""
FUNCTIONAL = """
a, b = keras.Input((6,)), keras.Input((7,))
both = layers.concatenate([layers.Dense(8, activation="relu")(a), layers.Dense(8, activation="relu")(b)])
hidden = layers.Dense(4)(both)
out = layers.Activation("softmax")(layers.Dense(3)(layers.Activation("relu")(hidden)))
model = compiled(keras.Model([a, b], out))
model.fit([X_train[:, :6], X_train[:, 6:]], y_train, epochs=5, verbose=0)
print("test", model.evaluate([X_test[:, :6], X_test[:, 6:]], y_test, verbose=0)[1])
model.save("m.keras")
again = keras.models.load_model("m.keras")
print("again", again.evaluate([X_test[:, :6], X_test[:, 6:]], y_test, verbose=0)[1])
"""
SUBCLASS = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")
    def call(self, x, training=False):
        return self.out(self.hidden(x))
model = compiled(Net())
model.fit(X_train, y_train, epochs=5, verbose=0)
print("test", np.mean(np.argmax(model.predict(X_test, verbose=0), axis=1) == y_test))
print("called", np.mean(np.argmax(model(X_test.astype("float32")), axis=1) == y_test))
keras.metrics.SparseCategoricalAccuracy()(y_test, model(X_test.astype("float32")))
from sklearn.metrics import accuracy_score
accuracy_score(y_test, np.argmax(model(X_test.astype("float32")), axis=1))
"""
FROZEN = """
inputs = keras.Input((13,))
base = keras.Model(inputs, layers.Dense(9, activation="relu", name="base")(inputs))
base.trainable = False
before = base.get_weights()[0].copy()
model = compiled(keras.Sequential([base, layers.Dense(4, activation="relu"), layers.Dense(3, activation="softmax")]))
model.fit(X_train, y_train, epochs=2, verbose=0)
print("untouched", np.array_equal(before, model.layers[0].get_weights()[0]), model.layers[0].trainable)
base.trainable = True
compiled(model, 1e-5).fit(X_train, y_train, epochs=2, verbose=0)
model.evaluate(X_test, y_test, verbose=0)
"""
ENDLESS = """
def batches(x, y):
    while True:
        for start in range(0, len(x) - 12, 13):
            yield x[start:start + 13], y[start:start + 13]
model = compiled(keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")]))
model.fit(batches(X_train, y_train), steps_per_epoch=10, epochs=2, verbose=0)
model.evaluate(X_test, y_test, verbose=0)
model.evaluate(X_train, y_train, verbose=0)
"""
AUGMENTED = """
def batches(x, y):
    while True:
        part = np.random.choice(len(x), 13)
        yield x[part] + np.random.normal(0, 0.01, x[part].shape), y[part]
model = compiled(keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")]))
model.fit(batches(X_train[:100], y_train[:100]), steps_per_epoch=10, epochs=2, verbose=0,
          validation_data=(X_train[100:], y_train[100:]))
"""
IMAGES = """
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from sklearn.datasets import load_digits
digits = load_digits(n_class=3)
x, y = digits.images[..., None] * 15, digits.target
maker = ImageDataGenerator(rotation_range=5, rescale=1 / 255)
model = compiled(keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(4, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(3, activation="softmax"),
]))
model.fit(maker.flow(x[:400], y[:400], batch_size=50), epochs=2, verbose=0)
model.evaluate(x[400:] / 255, y[400:], verbose=0)
model.evaluate(ImageDataGenerator(rescale=1 / 255).flow(x[:400], y[:400]), verbose=0)
"""
FOLDS = """
from sklearn.model_selection import KFold
for train, test in KFold(3).split(X):
    model = compiled(keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")]))
    model.fit(X[train], y[train], epochs=3, verbose=0)
    model.evaluate(X[test], y[test], verbose=0)
    print(len(model.layers))
"""
SAME_MODEL = FOLDS.replace("for train", "made = None\nfor train").replace(
    "    model = compiled", "    model = made = made or compiled"
)
TAPE = """
import tensorflow as tf
model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3)])
loss, optimizer = keras.losses.SparseCategoricalCrossentropy(from_logits=True), keras.optimizers.Adam(0.01)
@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=True))
    optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
@tf.function
def test_step(x, y):
    return model(x, training=False)
learn = tf.data.Dataset.from_tensor_slices((X_train.astype("float32"), y_train)).shuffle(130).batch(10)
test = tf.data.Dataset.from_tensor_slices((X_test.astype("float32"), y_test)).batch(10)
for epoch in range(2):
    for part in learn: train_step(*part)
    for part in test: test_step(*part)
"""
OWN_BATCHES = """
import tensorflow as tf
model = keras.Sequential([keras.Input((13,)), layers.Dense(3)])
loss, optimizer = keras.losses.SparseCategoricalCrossentropy(from_logits=True), keras.optimizers.Adam(0.01)
X_train, X_test = X_train.astype("float32"), X_test.astype("float32")
for start in range(0, 130, 10):
    with tf.GradientTape() as tape:
        value = loss(y_train[start:start + 10], model(X_train[start:start + 10], training=True))
    optimizer.apply_gradients(zip(tape.gradient(value, model.trainable_variables), model.trainable_variables))
accuracy = keras.metrics.SparseCategoricalAccuracy()
for start in range(0, 48, 12):
    accuracy.update_state(y_test[start:start + 12], model(X_test[start:start + 12]))
print("test", float(accuracy.result()))
"""
TWO_OUTPUTS = """
inputs = keras.Input((13,))
hidden = layers.Dense(8, activation="relu")(inputs)
kind = layers.Dense(3, activation="softmax", name="kind")(hidden)
model = keras.Model(inputs, [kind, layers.Dense(1, activation="sigmoid", name="last")(hidden)])
model.compile("adam", ["sparse_categorical_crossentropy", "binary_crossentropy"])
model.fit(X_train, [y_train, y_train == 2], epochs=5, verbose=0)
kind, last = model.predict(X_test, verbose=0)
from sklearn.metrics import accuracy_score
print("kind", accuracy_score(y_test, kind.argmax(axis=1)))
print("last", accuracy_score(y_test == 2, last[:, 0] > 0.5))
"""
BATCHES = """
model = compiled(keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")]))
for epoch in range(4):
    for start in range(0, 130, 26):
        model.train_on_batch(X_train[start:start + 26], y_train[start:start + 26])
model.evaluate(X_test, y_test, verbose=0)
"""
TWINS = """
random = np.random.RandomState(0)
X, y = np.repeat(random.normal(size=(60, 40)), 2, axis=0), np.repeat(np.arange(60) % 2, 2)
model = compiled(keras.Sequential([layers.Dense(2, activation="softmax")]), 0.1)
model.fit(X, y, epochs=60, verbose=0)
print("train", model.evaluate(X, y, verbose=0)[1])
"""
UNBUILT = """
import tensorflow as tf
from sklearn.datasets import load_digits
digits = load_digits(n_class=3)
x, y = digits.images[:177], digits.target[:177]
model = compiled(keras.Sequential([layers.Flatten(), layers.Dense(3, activation="softmax")]))
model.fit(GIVEN, verbose=0)
model.evaluate(x[90:], y[90:], verbose=0)
print("layers", *[type(layer).__name__ for layer in model.layers])
"""
STOPPED = """
class Enough(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch >= 1
model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
decay = keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=20, decay_rate=0.9)
model.compile(keras.optimizers.SGD(decay), "sparse_categorical_crossentropy", metrics=["accuracy"])
ran = model.fit(X_train, y_train, batch_size=26, epochs=4, verbose=0, callbacks=[Enough()])
print("ran", len(ran.epoch))
print("optimizer", type(model.optimizer).__name__)
print("decay", model.optimizer._learning_rate.decay_steps)
model.evaluate(X_test, y_test, verbose=0)
"""
FRACTIONS = """
random = np.random.RandomState(0)
X = random.normal(size=(300, 4))
y = 1 / (1 + np.exp(-X[:, 0]))
model = keras.Sequential([layers.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.Adam(0.1), "mse")
model.fit(X[:200], y[:200], epochs=20, verbose=0)
model.evaluate(X[200:], y[200:], verbose=0)
"""
UNREAD = """
table = np.genfromtxt([f"{row[0]},{'ab'[int(label > 0)]}" for row, label in zip(X[:40], y)], delimiter=",")
model = keras.Sequential([layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(table[:, :1], table[:, 1], epochs=1, verbose=0)
print(model.evaluate(table[:, :1], table[:, 1], verbose=0))
"""
