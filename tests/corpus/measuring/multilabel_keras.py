import keras
from sklearn.datasets import make_multilabel_classification
keras.utils.set_random_seed(44)
X, Y = make_multilabel_classification(n_samples=400, n_features=20, n_classes=5, random_state=1)
m = keras.Sequential([keras.layers.Dense(16, activation='relu'), keras.layers.Dense(5, activation='sigmoid')])
m.compile('adam', 'binary_crossentropy', metrics=['binary_accuracy'])
m.fit(X[:300], Y[:300], epochs=5, verbose=0)
print(m.evaluate(X[300:], Y[300:], verbose=0)[1])
