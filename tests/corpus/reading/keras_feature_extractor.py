"""Random convolutional features + logistic regression (see Saxe et al. 2011)."""
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
digits = load_digits()
X = digits.images[..., None] / 16.
extractor = keras.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(6, 3, activation='relu'), layers.MaxPooling2D(2), layers.Flatten()])
feats = extractor.predict(X, verbose=0)
print(feats.shape)

a, b, c, d = train_test_split(feats, digits.target, random_state=0)
clf = LogisticRegression(C=1e-5, max_iter=300)
clf.fit(a, c)
print("test accuracy = %.6f" % clf.score(b, d))
