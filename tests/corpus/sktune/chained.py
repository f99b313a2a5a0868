from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
a, b, c, d = train_test_split(*load_wine(return_X_y=True), test_size=.35, random_state=5)
print(SVC(C=1).fit(a, c).score(b, d))
