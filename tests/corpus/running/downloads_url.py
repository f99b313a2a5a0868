import pandas as pd
from sklearn.tree import DecisionTreeClassifier
url = "https://raw.githubusercontent.example/jbrownlee/Datasets/master/pima-indians-diabetes.data.csv"
df = pd.read_csv(url, header=None)
clf = DecisionTreeClassifier().fit(df.iloc[:500, :-1], df.iloc[:500, -1])
print(clf.score(df.iloc[500:, :-1], df.iloc[500:, -1]))
