import matplotlib.pyplot as plt
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
from sklearn.metrics import plot_confusion_matrix
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=2)
clf = SVC(C=0.5).fit(X_train, y_train)
print(clf.score(X_test, y_test))
plot_confusion_matrix(clf, X_test, y_test)
plt.show()
