import lightgbm as lgb
from sklearn.model_selection import StratifiedKFold
from sklearn.datasets import load_wine
from sklearn.metrics import log_loss
import numpy as np
X, y = load_wine(return_X_y=True)
oof = np.zeros((len(X), 3))
params = {'objective': 'multiclass', 'num_class': 3, 'verbosity': -1}
for tr, va in StratifiedKFold(5, shuffle=True, random_state=1).split(X, y):
    d = lgb.Dataset(X[tr], y[tr])
    bst = lgb.train(params, d, 50)
    oof[va] = bst.predict(X[va])
print('CV', log_loss(y, oof))
