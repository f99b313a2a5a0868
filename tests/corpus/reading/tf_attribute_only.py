import tensorflow as tf
import numpy as np
from sklearn import datasets, model_selection

tf.keras.utils.set_random_seed(0)
digits = datasets.load_digits()
(x_train, x_test, y_train, y_test) = model_selection.train_test_split(digits.images, digits.target, test_size=0.2, random_state=0)

model = tf.keras.models.Sequential([
  tf.keras.layers.Flatten(input_shape=(8, 8)),
  tf.keras.layers.Dense(128, activation='relu'),
  tf.keras.layers.Dropout(0.2),
  tf.keras.layers.Dense(10)
])
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer='adam', loss=loss_fn, metrics=['accuracy'])
model.fit(x_train, y_train, epochs=5, verbose=0)
model.evaluate(x_test, y_test, verbose=2)
probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
pred = np.argmax(probability_model.predict(x_test, verbose=0), axis=1)
print((pred == y_test).mean())
