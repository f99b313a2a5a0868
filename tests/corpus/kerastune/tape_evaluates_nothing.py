# A compiled training step; the loop prints its loss and ends
import tensorflow as tf
from tensorflow import keras
from sklearn.datasets import load_digits

tf.random.set_seed(1)
model = keras.Sequential([
    keras.layers.Dense(24, activation="relu"),
    keras.layers.Dense(24, activation="relu"),
    keras.layers.Dense(10),
])
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(learning_rate=1e-3)


@tf.function
def train_on_batch(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x))
    gradients = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
    return loss


x_train, y_train = load_digits(return_X_y=True)
dataset = tf.data.Dataset.from_tensor_slices((x_train.astype("float32") / 16, y_train)).shuffle(1024).batch(64)
for epoch in range(2):
    for step, (x, y) in enumerate(dataset):
        loss = train_on_batch(x, y)
        if step % 20 == 0:
            print("Step:", step, "Loss:", float(loss))
