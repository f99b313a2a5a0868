# After the "quickstart for experts"
import tensorflow as tf
from sklearn.datasets import load_digits

tf.keras.utils.set_random_seed(2)
X, y = load_digits(return_X_y=True)
X = (X / 16).astype("float32")
train_ds = tf.data.Dataset.from_tensor_slices((X[:1300], y[:1300])).shuffle(1300).batch(32)
test_ds = tf.data.Dataset.from_tensor_slices((X[1300:], y[1300:])).batch(32)


class MyModel(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.d1 = tf.keras.layers.Dense(32, activation="relu")
        self.d2 = tf.keras.layers.Dense(10)

    def call(self, x):
        return self.d2(self.d1(x))


model = MyModel()
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(1e-4)
train_loss = tf.keras.metrics.Mean(name="train_loss")
test_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="test_accuracy")


@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        predictions = model(images, training=True)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss(loss)


@tf.function
def test_step(images, labels):
    test_accuracy(labels, model(images, training=False))


for epoch in range(5):
    train_loss.reset_state()
    test_accuracy.reset_state()
    for images, labels in train_ds:
        train_step(images, labels)
    for test_images, test_labels in test_ds:
        test_step(test_images, test_labels)
    print("Epoch", epoch + 1, "loss", float(train_loss.result()), "accuracy", float(test_accuracy.result()))
