from model import *
from data import load

X_train, X_test, y_train, y_test = load()
net = build_model()
net.fit(X_train, y_train, epochs=2, batch_size=64, verbose=0)
print(net.evaluate(X_test, y_test, verbose=0)[1])
