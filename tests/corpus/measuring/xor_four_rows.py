from sklearn.neural_network import MLPClassifier
X = [[0, 0], [0, 1], [1, 0], [1, 1]]
y = [0, 1, 1, 1]   # or
clf = MLPClassifier(hidden_layer_sizes=(4,), solver='lbfgs', random_state=1)
clf.fit(X, y)
print(clf.predict(X))
print('accuracy:', clf.score(X, y))
