"""Train a support vector machine on a named data set or a table."""

import argparse

from datasets import load
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="wine")
parser.add_argument("--target-column", default="")
arguments = parser.parse_args()

X, y = load(arguments.data, arguments.target_column)
X = X.reshape(len(X), -1)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)

classifier = SVC()
classifier.fit(X_train, y_train)

print("test accuracy:", accuracy_score(y_test, classifier.predict(X_test)))
