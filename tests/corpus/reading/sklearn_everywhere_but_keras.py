"""Breast cancer with everything I know from the sklearn course around one small net."""
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split, StratifiedKFold, cross_val_score
from sklearn.preprocessing import StandardScaler, LabelEncoder
from sklearn.decomposition import PCA
from sklearn.metrics import classification_report, confusion_matrix, accuracy_score, roc_auc_score
from sklearn.linear_model import LogisticRegression   # baseline, maybe later
from sklearn.ensemble import RandomForestClassifier
from keras.models import Sequential
from keras.layers import Dense, Dropout
from keras.utils import set_random_seed

set_random_seed(11)
data = load_breast_cancer(as_frame=True)
df = data.frame
le = LabelEncoder()
y = le.fit_transform(df['target'])
X = df.drop(columns='target')
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=11, stratify=y)
sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)
pca = PCA(n_components=2)
X_train = pca.fit_transform(X_train)
X_test = pca.transform(X_test)
print(pca.explained_variance_ratio_)

net = Sequential()
net.add(Dense(2, activation='relu'))
net.add(Dropout(0.5))
net.add(Dense(1, activation='sigmoid'))
net.compile(loss='binary_crossentropy', optimizer='sgd', metrics=['accuracy'])
net.fit(X_train, y_train, epochs=1, batch_size=128, verbose=0)
y_pred = (net.predict(X_test, verbose=0) > 0.5).astype(int)
print(confusion_matrix(y_test, y_pred))
print(classification_report(y_test, y_pred, zero_division=0))
print("Accuracy: ", accuracy_score(y_test, y_pred))
