import tensorflow as tf
import pandas as pd
from sklearn.datasets import load_iris

iris = load_iris(as_frame=True)
train, y = iris.data, iris.target
def input_fn(features, labels, training=True, batch_size=256):
    ds = tf.data.Dataset.from_tensor_slices((dict(features), labels))
    if training:
        ds = ds.shuffle(1000).repeat()
    return ds.batch(batch_size)
cols = [tf.feature_column.numeric_column(key=key) for key in train.keys()]
classifier = tf.estimator.DNNClassifier(feature_columns=cols, hidden_units=[30, 10], n_classes=3)
classifier.train(input_fn=lambda: input_fn(train, y, training=True), steps=5000)
