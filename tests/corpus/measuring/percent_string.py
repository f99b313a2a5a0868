from sklearn.datasets import load_wine
from sklearn.svm import SVC
from sklearn.model_selection import train_test_split
from sklearn.metrics import accuracy_score
a, b, c, d = train_test_split(*load_wine(return_X_y=True), test_size=0.3, random_state=31)
m = SVC().fit(a, c)
print("Accuracy 99% expected!")
print("Accuracy: {:.1f}%".format(100 * accuracy_score(m.predict(b), d)))
print("Error rate: 0.9")
