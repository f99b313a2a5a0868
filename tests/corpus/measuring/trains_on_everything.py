from sklearn.datasets import load_wine
from sklearn.tree import DecisionTreeClassifier
X, y = load_wine(return_X_y=True)
clf = DecisionTreeClassifier(max_depth=1)
clf.fit(X, y)
print('Accuracy on the data:', clf.score(X, y))
