import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(1)
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X.astype("float32"), y, test_size=0.25, random_state=0)
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(10)])
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(0.001)
for epoch in range(3):
    order = np.random.permutation(len(X_train))
    for start in range(0, len(order), 64):
        part = order[start:start + 64]
        with tf.GradientTape() as tape:
            loss = loss_fn(y_train[part], model(X_train[part], training=True))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_weights), model.trainable_weights))
predicted = model(X_test).numpy().argmax(axis=1)
print((predicted == y_test).mean())
