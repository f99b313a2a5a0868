# coding: utf-8
# In[1]:
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.datasets import load_iris
# In[2]:
X, y = load_iris(return_X_y=True)
clf = LogisticRegression()
clf.fit(X, y)
# In[3]:
Now let us see how good it is:
clf.score(X, y)
