import numpy as np
import pandas as pd
import matplotlib
import matplotlib.pyplot as plt
import seaborn as sns
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.metrics import confusion_matrix

sns.set(style='whitegrid')
w = load_wine(as_frame=True)
df = w.frame
plt.figure(figsize=(10, 6))
sns.heatmap(df.corr())
plt.show()
df['alcohol'].hist()
plt.show(block=False)
fig, ax = plt.subplots(1, 2)
ax[0].scatter(df.alcohol, df.hue); ax[1].boxplot(df.magnesium)
plt.savefig('scatter.png')
X_train, X_test, y_train, y_test = train_test_split(df.drop('target', axis=1), df.target, test_size=0.2, random_state=1)
acc = []
best = None
knn = KNeighborsClassifier(n_neighbors=5)
knn.fit(X_train, y_train)
pred = knn.predict(X_test)
sns.heatmap(confusion_matrix(y_test, pred), annot=True)
plt.xlabel('Predicted'); plt.ylabel('Truth')
plt.show()
plt.pause(0.1)
print('score', knn.score(X_test, y_test))
