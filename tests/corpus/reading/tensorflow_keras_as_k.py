import tensorflow.keras as k
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split as tts

k.utils.set_random_seed(5)
d = load_breast_cancer()
a, b, c, e = tts(d.data, d.target, test_size=.3, random_state=5)
m = k.Sequential([k.layers.Dense(4, activation='sigmoid'), k.layers.Dense(1, activation='sigmoid')])
m.compile('sgd', 'binary_crossentropy', metrics=['accuracy'])
m.fit(a, c, epochs=4, verbose=0)
print(m.evaluate(b, e, verbose=0)[1])
