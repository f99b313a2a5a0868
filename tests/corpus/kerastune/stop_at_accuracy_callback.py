import tensorflow as tf
from sklearn.datasets import load_digits
tf.keras.utils.set_random_seed(24)
class myCallback(tf.keras.callbacks.Callback):
    seen = 0
    def on_epoch_end(self, epoch, logs={}):
        self.seen += 1
        if logs.get('accuracy') > 0.6 or self.seen >= 3:
            print("\nReached 60% accuracy so cancelling training!")
            self.model.stop_training = True
callbacks = myCallback()
d = load_digits()
schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=20, decay_rate=0.9)
model = tf.keras.models.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(16, activation=tf.nn.relu), tf.keras.layers.Dense(10, activation=tf.nn.softmax)])
model.compile(optimizer=tf.keras.optimizers.SGD(schedule), loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(d.images[:1300] / 16, d.target[:1300], epochs=10, callbacks=[callbacks], verbose=0)
print(model.evaluate(d.images[1300:] / 16, d.target[1300:], verbose=0)[1])
