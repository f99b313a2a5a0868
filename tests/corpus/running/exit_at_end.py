import sys
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
X, y = load_digits(return_X_y=True)
t = RandomForestClassifier(n_estimators=3, max_depth=3, random_state=3).fit(X[:1200], y[:1200])
print(t.score(X[1200:], y[1200:]))
sys.exit(0)
print('never')
