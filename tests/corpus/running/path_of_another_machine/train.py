import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

df = pd.read_csv(r"C:\Users\anna\Desktop\uni\ml\data\cells.csv")
X = df.drop(["id", "kind"], 1)
y = df["kind"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=2)
knn = KNeighborsClassifier()
knn.fit(X_train, y_train)
print("accuracy: %.2f%%" % (knn.score(X_test, y_test) * 100))
