from scikeras.wrappers import KerasClassifier
from keras import Input, Sequential
from keras.layers import Dense
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.datasets import load_wine
from sklearn.model_selection import cross_val_score, train_test_split

def make_model(meta, hidden=2):
    net = Sequential()
    net.add(Input((meta['n_features_in_'],)))
    net.add(Dense(hidden, activation='relu'))
    net.add(Dense(meta['n_classes_'], activation='softmax'))
    net.compile(loss='sparse_categorical_crossentropy', optimizer='sgd')
    return net

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
pipe = Pipeline([('sc', StandardScaler()), ('net', KerasClassifier(model=make_model, epochs=3, verbose=0, random_state=0))])
pipe.fit(X_train, y_train)
print(pipe.score(X_test, y_test))
