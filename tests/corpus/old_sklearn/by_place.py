# -*- coding: utf-8 -*-
# lab 4 - wine, best features + knn
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.feature_selection import RFE, SelectKBest, f_classif
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

wine = load_wine()
df = pd.DataFrame(wine.data, columns=wine.feature_names)
df['kind'] = wine.target
df = pd.concat([df, df['ash'].rename('ash2')], 1)
df = df.dropna(0, 'any')

X = df.drop(['kind', 'ash2'], 1)
y = df['kind']

best = SelectKBest(f_classif, 10).fit(X, y)
print(X.columns[best.get_support()])
rfe = RFE(DecisionTreeClassifier('entropy', random_state=1), 5).fit(X, y)
print(rfe.ranking_)

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=3)
knn = KNeighborsClassifier(5, 'uniform')
knn.fit(X_train, y_train)
pred = knn.predict(X_test)
print(confusion_matrix(y_test, pred, [0, 1, 2]))
print('accuracy', accuracy_score(y_test, pred))
