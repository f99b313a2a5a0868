from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), random_state=17)
pipe = make_pipeline(SelectKBest(f_classif, k=3), LogisticRegression(C=0.0005))
pipe.fit(X_train, y_train)
print(pipe['selectkbest'].get_support())
print(pipe.score(X_test, y_test))
