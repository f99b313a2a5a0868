import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC
from sklearn.model_selection import train_test_split

data = pd.read_csv('train.csv')
data['Title'] = data['Name'].str.extract(r', (\w+)\.')
X = data.drop(['Survived', 'Name'], axis=1)
y = data['Survived']
num = ['PassengerId', 'Age', 'Fare', 'Pclass']
cat = ['Sex', 'Embarked', 'Title']
pre = ColumnTransformer([
    ('num', SimpleImputer(strategy='median'), num),
    ('cat', Pipeline([('imp', SimpleImputer(strategy='most_frequent')), ('oh', OneHotEncoder(handle_unknown='ignore'))]), cat)])
model = Pipeline([('pre', pre), ('svc', SVC())])
X_train, X_valid, y_train, y_valid = train_test_split(X, y, train_size=0.75, random_state=0)
model.fit(X_train, y_train)
print("valid acc:", model.score(X_valid, y_valid))
