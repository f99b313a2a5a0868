# Spot check a few algorithms
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, classification_report
from sklearn.model_selection import KFold, cross_val_score, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

X, Y = load_digits(return_X_y=True)
seed = 7
X_train, X_validation, Y_train, Y_validation = train_test_split(X, Y, test_size=0.20, random_state=seed)
models = []
models.append(('LR', LogisticRegression(solver='liblinear', multi_class='ovr')))
models.append(('KNN', KNeighborsClassifier()))
models.append(('NB', GaussianNB()))
for name, model in models:
    kfold = KFold(n_splits=5, random_state=seed)
    cv_results = cross_val_score(model, X_train, Y_train, cv=kfold, scoring='accuracy')
    print("%s: %f (%f)" % (name, cv_results.mean(), cv_results.std()))
lr = LogisticRegression(solver='liblinear', multi_class='ovr')
lr.fit(X_train, Y_train)
predictions = lr.predict(X_validation)
print(classification_report(Y_validation, predictions))
print(accuracy_score(Y_validation, predictions))
