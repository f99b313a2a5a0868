import tensorflow as tf
import numpy as np
from sklearn.datasets import load_digits
tf.keras.utils.set_random_seed(20)
X, y = load_digits(return_X_y=True)
X = (X / 16).astype('float32')
ds = tf.data.Dataset.from_tensor_slices((X[:1300], y[:1300])).batch(64)
model = tf.keras.Sequential([tf.keras.layers.Input((64,)), tf.keras.layers.Dense(16, activation='relu'), tf.keras.layers.Dense(10)])
optimizer = tf.keras.optimizers.SGD(learning_rate=1e-2)
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
acc_metric = tf.keras.metrics.SparseCategoricalAccuracy()
for epoch in range(3):
    for xb, yb in ds:
        with tf.GradientTape() as tape:
            logits = model(xb, training=True)
            loss_value = loss_fn(yb, logits)
        grads = tape.gradient(loss_value, model.trainable_weights)
        optimizer.apply_gradients(zip(grads, model.trainable_weights))
    print("epoch", epoch, float(loss_value))
acc_metric.update_state(y[1300:], model(X[1300:], training=False))
print(float(acc_metric.result()))
