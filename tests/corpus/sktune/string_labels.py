import pandas as pd
import numpy as np
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from sklearn.model_selection import train_test_split
w = load_wine(as_frame=True)
df = w.frame
df['grape'] = df.target.map({0: 'Barolo', 1: 'Grignolino', 2: 'Barbera'})
X, y = df.drop(columns=['target', 'grape']), df.grape
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=14, stratify=y)
clf = KNeighborsClassifier().fit(X_train, y_train)
print(clf.predict(X_test)[:3])
print((clf.predict(X_test) == y_test).mean())
