import argparse
import pandas as pd
from sklearn.neighbors import KNeighborsClassifier
from sklearn.model_selection import train_test_split
ap = argparse.ArgumentParser()
ap.add_argument("--csv", required=True)
args = ap.parse_args()
df = pd.read_csv(args.csv)
X_train, X_test, y_train, y_test = train_test_split(df.iloc[:, :-1], df.iloc[:, -1], test_size=0.25, random_state=6)
knn = KNeighborsClassifier(n_neighbors=30).fit(X_train, y_train)
print(knn.score(X_test, y_test))
