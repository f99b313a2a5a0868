# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
# ---

# %% [markdown]
# # Wine, week 2
# Support vector machines

# %%
# %matplotlib inline
# !pip install -q seaborn
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from sklearn.model_selection import train_test_split

# %%
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=60, random_state=0)
X.shape

# %%
svc = SVC(C=2)
svc.fit(X_train, y_train)
svc.score(X_test, y_test)

# %%
print(svc.score(X_test, y_test))
