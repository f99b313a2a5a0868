import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

df = pd.read_csv('data/flowers.csv')
print(df.head())
X = df.drop('kind', axis=1).values
y = df['kind'].values
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=1)
clf = KNeighborsClassifier(n_neighbors=40, metric='cosine')
clf.fit(X_train, y_train)
print('Accuracy: ', clf.score(X_test, y_test))
