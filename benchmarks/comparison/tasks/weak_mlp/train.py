"""A multi-layer perceptron that is stopped long before it has learnt."""

import warnings

from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore")
X, y = make_classification(800, 20, n_informative=10, n_classes=3, n_clusters_per_class=2, random_state=2)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
clf = MLPClassifier((5,), max_iter=10, random_state=0)
clf.fit(X_train, y_train)
print(clf.score(X_test, y_test))
