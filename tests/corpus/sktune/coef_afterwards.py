import numpy as np
import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=1)
clf = LogisticRegression(C=1e-6, max_iter=100)
clf.fit(X_train, y_train)
print(clf.coef_.shape, clf.intercept_, clf.n_iter_, clf.classes_)
for i in range(10):
    plt.subplot(2, 5, i + 1)
    plt.imshow(clf.coef_[i].reshape(8, 8), cmap=plt.cm.RdBu)
plt.show()
print(clf.score(X_test, y_test))
