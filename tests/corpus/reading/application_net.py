import numpy as np
import tensorflow as tf
from tensorflow.keras.applications import MobileNetV2
from tensorflow.keras import layers, models
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

tf.keras.utils.set_random_seed(4)
d = load_digits()
imgs = np.repeat(np.repeat(d.images, 4, 1), 4, 2)[..., None].repeat(3, -1) / 8. - 1
x_train, x_test, y_train, y_test = train_test_split(imgs[:200].astype('float32'), d.target[:200], random_state=4)

base = MobileNetV2(input_shape=(32, 32, 3), include_top=False, weights=None, alpha=0.35, pooling='avg')
base.trainable = False      # feature extraction
model = models.Sequential([base, layers.Dense(10, activation='softmax')])
model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(x_train, y_train, epochs=1, verbose=2)
print('test acc', model.evaluate(x_test, y_test, verbose=0)[1])
