from sklearn.pipeline import Pipeline
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), test_size=0.3, random_state=1)
pipe = Pipeline([('pca', PCA(n_components=4)), ('clf', KNeighborsClassifier())])
pipe.set_params(clf__n_neighbors=3, pca__whiten=False)
pipe.fit(X_train, y_train)
print(pipe.named_steps['pca'].explained_variance_ratio_)
print(pipe.get_params()['clf__n_neighbors'], pipe['clf'].n_neighbors)
print('pipeline score', pipe.score(X_test, y_test))
