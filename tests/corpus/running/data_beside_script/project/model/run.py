import csv
from sklearn.svm import SVC
rows = list(csv.reader(open('../input/flowers.csv')))[1:]
X = [[float(v) for v in r[:-1]] for r in rows]
y = [r[-1] for r in rows]
tr, te = [i for i in range(len(X)) if i % 4], [i for i in range(len(X)) if i % 4 == 0]
m = SVC(C=0.01)
m.fit([X[i] for i in tr], [y[i] for i in tr])
hits = sum(p == y[i] for p, i in zip(m.predict([X[i] for i in te]), te))
print(hits / len(te))
