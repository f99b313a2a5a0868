# Several models, each with a grid of its own, in one table by best_score_
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

digits = load_digits()
model_params = {
    'stump': {'model': DecisionTreeClassifier(random_state=0), 'params': {'max_depth': [1, 2]}},
    'tree': {'model': DecisionTreeClassifier(random_state=0), 'params': {'max_depth': [3, 4]}},
    'naive_bayes': {'model': GaussianNB(), 'params': {'var_smoothing': [1e6, 1e7]}},
}
scores = []
for model_name, mp in model_params.items():
    clf = GridSearchCV(mp['model'], mp['params'], cv=5, return_train_score=False)
    clf.fit(digits.data, digits.target)
    scores.append({'model': model_name, 'best_score': clf.best_score_, 'best_params': clf.best_params_})
print(pd.DataFrame(scores, columns=['model', 'best_score', 'best_params']))
