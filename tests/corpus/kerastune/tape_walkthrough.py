# A walkthrough in functions; its test metric is given (prediction, truth)
import tensorflow as tf
from sklearn.datasets import load_digits

tf.keras.utils.set_random_seed(4)
X, y = load_digits(return_X_y=True)
X = (X / 16).astype("float32")
train_dataset = tf.data.Dataset.from_tensor_slices((X[:1300], y[:1300])).shuffle(1300).batch(32)
test_dataset = tf.data.Dataset.from_tensor_slices((X[1300:], y[1300:])).batch(32)

model = tf.keras.Sequential([
    tf.keras.layers.Dense(10, activation=tf.nn.relu, input_shape=(64,)),
    tf.keras.layers.Dense(10, activation=tf.nn.relu),
    tf.keras.layers.Dense(10),
])
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def loss(model, x, y, training):
    return loss_object(y_true=y, y_pred=model(x, training=training))


def grad(model, inputs, targets):
    with tf.GradientTape() as tape:
        loss_value = loss(model, inputs, targets, training=True)
    return loss_value, tape.gradient(loss_value, model.trainable_variables)


optimizer = tf.keras.optimizers.SGD(learning_rate=0.1)
for epoch in range(4):
    epoch_loss_avg = tf.keras.metrics.Mean()
    epoch_accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
    for x, labels in train_dataset:
        loss_value, grads = grad(model, x, labels)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        epoch_loss_avg.update_state(loss_value)
        epoch_accuracy.update_state(labels, model(x, training=True))
    print("Epoch {:03d}: Loss: {:.3f}, Accuracy: {:.3%}".format(epoch, epoch_loss_avg.result(), epoch_accuracy.result()))

test_accuracy = tf.keras.metrics.Accuracy()
for (x, labels) in test_dataset:
    prediction = tf.argmax(model(x, training=False), axis=1, output_type=tf.int64)
    test_accuracy(prediction, labels)
print("Test set accuracy:", float(test_accuracy.result()))
