import random
random.seed(0)
from sklearn.datasets import load_wine
from sklearn.svm import SVC
X, y = load_wine(return_X_y=True)
rows = list(zip(X.tolist(), y.tolist()))
random.shuffle(rows)
train, test = rows[:120], rows[120:]
clf = SVC()
clf.fit([r[0] for r in train], [r[1] for r in train])
right = 0
for r in test:
    if clf.predict([r[0]])[0] == r[1]:
        right = right + 1
print(right / len(test))
