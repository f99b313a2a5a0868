!pip install scikit-learn
import matplotlib.pyplot as plt
%matplotlib inline
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=4)
plt.scatter(X_train[:, 0], X_train[:, 1], c=y_train)
plt.show()
clf = MLPClassifier(max_iter=300, random_state=4)
clf.fit(X_train, y_train)
print("Test accuracy =", clf.score(X_test, y_test))
