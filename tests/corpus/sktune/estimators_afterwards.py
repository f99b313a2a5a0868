from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.tree import export_text, DecisionTreeClassifier
import numpy as np
X, y = load_digits(return_X_y=True)
rf = RandomForestClassifier(n_estimators=2, max_depth=3, random_state=5)
rf.fit(X[:1200], y[:1200])
print(export_text(rf.estimators_[0], max_depth=2))
imp = np.argsort(rf.feature_importances_)[::-1][:5]
print("most important:", imp)
print('Accuracy:', rf.score(X[1200:], y[1200:]))
