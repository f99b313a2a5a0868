import pandas as pd
from sklearn.ensemble import RandomForestClassifier
train = pd.read_csv('../input/train.csv')
y = train.pop('Survived')
RandomForestClassifier().fit(train, y)
