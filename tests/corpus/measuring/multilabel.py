from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.metrics import f1_score
X, Y = make_multilabel_classification(n_samples=300, n_classes=4, random_state=0)
clf = MultiOutputClassifier(RandomForestClassifier(10, random_state=0))
clf.fit(X[:200], Y[:200])
print(f1_score(Y[200:], clf.predict(X[200:]), average='micro'))
