# coding: utf-8
# In[1]:
%matplotlib inline
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.datasets import load_iris
# In[2]:
X, y = load_iris(return_X_y=True)
clf = LogisticRegression()
clf.fit(X, y)
# In[3]:
!ls
clf.score(X, y)
