import warnings; warnings.simplefilter('ignore')
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), test_size=0.3, random_state=23)
models = [('tree', DecisionTreeClassifier(random_state=0)), ('nb', GaussianNB()), ('svc', SVC()), ('knn', KNeighborsClassifier())]
table = {}
for name, m in models:
    m.fit(X_train, y_train)
    table[name] = m.score(X_test, y_test)
print(pd.Series(table).sort_values())
