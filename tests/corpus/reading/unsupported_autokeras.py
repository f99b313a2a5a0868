import autokeras as ak
from tensorflow.keras.datasets import mnist
from tensorflow.keras.models import load_model
(x_train, y_train), (x_test, y_test) = mnist.load_data()
clf = ak.ImageClassifier(overwrite=True, max_trials=1)
clf.fit(x_train, y_train, epochs=10)
print(clf.evaluate(x_test, y_test))
