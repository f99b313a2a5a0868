import tensorflow as tf
from sklearn.datasets import load_digits
tf.keras.utils.set_random_seed(16)
d = load_digits()
def norm(x, y):
    return tf.cast(x, tf.float32) / 255., y
train_ds = tf.data.Dataset.from_tensor_slices((d.images[:1300], d.target[:1300])).map(norm).cache().shuffle(1300, seed=1).batch(64).prefetch(tf.data.AUTOTUNE)
test_ds = tf.data.Dataset.from_tensor_slices((d.images[1300:], d.target[1300:])).map(norm).batch(64)
model = tf.keras.models.Sequential([tf.keras.layers.Flatten(input_shape=(8, 8)), tf.keras.layers.Dense(16, activation='relu'), tf.keras.layers.Dense(10)])
model.compile(optimizer=tf.keras.optimizers.Adam(0.001), loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=[tf.keras.metrics.SparseCategoricalAccuracy()])
model.fit(train_ds, epochs=3, validation_data=test_ds, verbose=0)
print(model.evaluate(test_ds, verbose=0)[1])
