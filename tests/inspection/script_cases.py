"""Single scripts in the style of public ones: name, family, kind and the text."""

from typing import NamedTuple


class Case(NamedTuple):
    """One script and what reading it has to say."""

    name: str
    family: str
    kind: str | None
    text: str


CASES = (
    Case("iris_svc", "sklearn", "classical", """
from sklearn import datasets, svm
from sklearn.model_selection import train_test_split
iris = datasets.load_iris()
X_train, X_test, y_train, y_test = train_test_split(iris.data, iris.target)
clf = svm.SVC(gamma=0.001)
clf.fit(X_train, y_train)
print(clf.score(X_test, y_test))
"""),
    Case("chained_fit", "sklearn", "classical", """
from sklearn.linear_model import LogisticRegression
print(LogisticRegression(max_iter=100).fit(X, y).score(X, y))
"""),
    Case("pipeline_with_pca", "sklearn", "classical", """
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
model = make_pipeline(StandardScaler(), PCA(10), KNeighborsClassifier())
model.fit(X, y)
"""),
    Case("grid_search", "sklearn", "classical", """
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
search = GridSearchCV(estimator=RandomForestClassifier(), param_grid={'n_estimators': [10, 50]}, cv=3)
search.fit(X, y)
best = search.best_estimator_
"""),
    Case("titanic_loop_over_dict", "sklearn", "classical", """
import pandas as pd
from sklearn.svm import SVC, LinearSVC
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
train = pd.read_csv('../input/train.csv')
models = {'svc': SVC(), 'rf': RandomForestClassifier(), 'knn': KNeighborsClassifier(3)}
for name, clf in models.items():
    clf.fit(train.drop('Survived', axis=1), train['Survived'])
"""),
    Case("compare_classifiers", "sklearn", "classical", """
from sklearn.neural_network import MLPClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
names = ["Neural Net", "Naive Bayes"]
classifiers = [MLPClassifier(alpha=1), GaussianNB()]
for ds_cnt, ds in enumerate(datasets):
    for name, clf in zip(names, classifiers):
        clf = make_pipeline(StandardScaler(), clf)
        clf.fit(X_train, y_train)
"""),
    Case("mlm_spot_check", "sklearn", "classical", """
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
models = []
models.append(('LDA', LinearDiscriminantAnalysis()))
models.append(('CART', DecisionTreeClassifier()))
for name, model in models:
    kfold = StratifiedKFold(n_splits=10)
    cv_results = cross_val_score(model, X_train, Y_train, cv=kfold, scoring='accuracy')
"""),
    Case("list_of_classes", "sklearn", "classical", """
from sklearn.linear_model import *
from sklearn.svm import SVC
for Estimator in [LogisticRegression, SVC]:
    estimator = Estimator()
    estimator.fit(X, y)
"""),
    Case("voting", "sklearn", "classical", """
from sklearn.ensemble import VotingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
eclf = VotingClassifier(estimators=[('lr', LogisticRegression()), ('rf', RandomForestClassifier())])
eclf = eclf.fit(X, y)
"""),
    Case("nltk_bayes", "unsupported", None, """
from nltk import NaiveBayesClassifier, classify
model = NaiveBayesClassifier.train(features)
print(classify.accuracy(model, features))
"""),
    Case("keras_model_to_estimator", "unsupported", None, """
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
estimator = tf.keras.estimator.model_to_estimator(keras_model=model)
tf.estimator.train_and_evaluate(estimator, tf.estimator.TrainSpec(f), tf.estimator.EvalSpec(f))
"""),
    Case("sgd_partial_fit", "sklearn", "classical", """
from sklearn.linear_model import SGDClassifier
clf = SGDClassifier()
for X, y in batches():
    clf.partial_fit(X, y, classes=[0, 1])
"""),
    Case("old_modules", "sklearn", "classical", """
from sklearn.cross_validation import train_test_split
from sklearn.grid_search import GridSearchCV
from sklearn.ensemble.forest import RandomForestClassifier
GridSearchCV(RandomForestClassifier(), {}).fit(X, y)
"""),
    Case("keras_imported_not_used", "sklearn", "classical", """
import tensorflow as tf
from tensorflow.keras.models import Sequential
from sklearn.svm import SVC
# model = Sequential(); model.fit(X, y, epochs=3)
clf = SVC()
clf.fit(X, y)
"""),
    Case("keras_data_for_knn", "sklearn", "classical", """
from keras.datasets import mnist
from keras.utils import to_categorical
from sklearn.neighbors import KNeighborsClassifier
(X, y), (Xt, yt) = mnist.load_data()
knn = KNeighborsClassifier(n_neighbors=3)
knn.fit(X.reshape(-1, 784)[:1000], y[:1000])
"""),
    Case("vgg_features_same_variable", "sklearn", "classical", """
from keras.applications import VGG16
from sklearn.linear_model import LogisticRegression
model = VGG16(weights='imagenet', include_top=False)
features = model.predict(images)
model = LogisticRegression()
model.fit(features, labels)
"""),
    Case("keras_tokenizer_for_nb", "sklearn", "classical", """
from keras.preprocessing.text import Tokenizer
from sklearn.naive_bayes import MultinomialNB
tok = Tokenizer(num_words=1000)
tok.fit_on_texts(texts)
MultinomialNB().fit(tok.texts_to_matrix(texts), y)
"""),
    Case("kmeans_alone", "sklearn", "classical", """
from sklearn.cluster import KMeans
km = KMeans(n_clusters=3).fit(X)
"""),
    Case("class_holding_model", "sklearn", "classical", """
from sklearn.svm import SVC
from sklearn.preprocessing import StandardScaler
class Trainer:
    def __init__(self):
        self.scaler = StandardScaler()
        self.model = SVC()
    def run(self, X, y):
        X = self.scaler.fit(X).transform(X)
        self.model.fit(X, y)
if __name__ == '__main__':
    Trainer().run(X, y)
"""),
    Case("parameter_model", "sklearn", "classical", """
from sklearn.tree import DecisionTreeClassifier
from sklearn.ensemble import AdaBoostClassifier
def evaluate(model, X, y, name=''):
    model.fit(X, y)
    return model.score(X, y)
def main():
    for m in (DecisionTreeClassifier(), AdaBoostClassifier()):
        evaluate(m, X, y)
main()
"""),
    Case("own_estimator", "sklearn", "classical", """
from sklearn.base import BaseEstimator, ClassifierMixin
class Majority(BaseEstimator, ClassifierMixin):
    def fit(self, X, y):
        self.value_ = max(set(y), key=list(y).count)
        return self
    def predict(self, X):
        return [self.value_] * len(X)
Majority().fit(X, y)
"""),
    Case("column_transformer", "sklearn", "classical", """
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.linear_model import LogisticRegression
numeric = Pipeline(steps=[('imputer', SimpleImputer()), ('scaler', StandardScaler())])
pre = ColumnTransformer([('num', numeric, ['age']), ('cat', OneHotEncoder(), ['sex'])])
clf = Pipeline(steps=[('preprocessor', pre), ('classifier', LogisticRegression())])
clf.fit(X_train, y_train)
"""),
    Case("imblearn_pipeline", "sklearn", "classical", """
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import Pipeline
from sklearn.ensemble import GradientBoostingClassifier
steps = [('over', SMOTE()), ('model', GradientBoostingClassifier())]
pipeline = Pipeline(steps=steps)
pipeline.fit(X, y)
"""),
    Case("factory_by_name", "sklearn", "classical", """
import argparse
from sklearn.svm import SVC
from sklearn.naive_bayes import GaussianNB
CLASSIFIERS = {'svm': lambda: SVC(), 'nb': GaussianNB}
args = argparse.ArgumentParser().parse_args()
clf = CLASSIFIERS[args.model]()
clf.fit(X, y)
"""),
    Case("mnist_mlp", "keras", "dense", """
import keras
from keras.datasets import mnist
from keras.models import Sequential
from keras.layers import Dense, Dropout, Conv2D
model = Sequential()
model.add(Dense(512, activation='relu', input_shape=(784,)))
model.add(Dropout(0.2))
model.add(Dense(10, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer=keras.optimizers.RMSprop(), metrics=['accuracy'])
history = model.fit(x_train, y_train, batch_size=128, epochs=20, validation_data=(x_test, y_test))
"""),
    Case("mnist_cnn_tf_attribute", "keras", "cnn", """
import tensorflow as tf
mnist = tf.keras.datasets.mnist
model = tf.keras.models.Sequential([
    tf.keras.layers.Conv2D(32, 3, activation='relu'),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(10)])
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy')
model.fit(x_train, y_train, epochs=5)
"""),
    Case("aliased_module", "keras", "cnn", """
import tensorflow.keras as k
from tensorflow.keras import layers as L
net = k.Sequential([L.SeparableConv2D(8, 3), L.GlobalAveragePooling2D(), L.Dense(2)])
net.compile('adam', 'mse'); net.fit(x, y)
"""),
    Case("alias_by_assignment", "keras", "dense", """
import tensorflow as tf
keras = tf.keras
Sequential, Dense = keras.models.Sequential, keras.layers.Dense
m = Sequential([Dense(3)])
m.compile(loss='mse')
m.fit(x, y, epochs=2)
"""),
    Case("tensorflow_python_keras", "keras", "dense", """
from tensorflow.python.keras.models import Sequential
from tensorflow.python.keras.layers.core import Dense
m = Sequential(); m.add(Dense(1)); m.compile('sgd', 'mse'); m.fit(x, y)
"""),
    Case("keras_api", "keras", "cnn", """
from keras.api.models import Sequential
from keras.api.layers import Conv1D, Dense
m = Sequential([Conv1D(4, 3), Dense(1)])
m.compile('sgd', 'mse')
m.fit(x, y)
"""),
    Case("star_imports", "keras", "cnn", """
from keras.layers import *
from keras.models import *
from keras.optimizers import *
inputs = Input((28, 28, 1))
x = Conv2D(8, 3)(inputs)
x = Flatten()(x)
model = Model(inputs, Dense(10)(x))
model.compile(Adam(lr=1e-3), 'mse')
model.fit(x_train, y_train)
"""),
    Case("imdb_lstm", "keras", "rnn", """
from keras.models import Sequential
from keras.layers import Dense, Embedding, LSTM
model = Sequential()
model.add(Embedding(20000, 128))
model.add(LSTM(128))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam')
model.fit(x_train, y_train, batch_size=32, epochs=15)
"""),
    Case("diabetes_with_sklearn_split_and_scaler", "keras", "dense", """
from numpy import loadtxt
from keras.models import Sequential
from keras.layers import Dense
from sklearn.model_selection import train_test_split, StratifiedKFold
from sklearn.preprocessing import StandardScaler, LabelEncoder
from sklearn.decomposition import PCA
encoder = LabelEncoder()
encoder.fit(Y)
sc = StandardScaler().fit(X)
pca = PCA(n_components=8)
pca.fit(X)
for train, test in StratifiedKFold(n_splits=10).split(X, Y):
    model = Sequential([Dense(12), Dense(1)])
    model.compile(loss='binary_crossentropy', optimizer='adam')
    model.fit(X[train], Y[train], epochs=150, verbose=0)
"""),
    Case("mlm_keras_classifier", "keras", "dense", """
from keras.models import Sequential
from keras.layers import Dense
from keras.wrappers.scikit_learn import KerasClassifier
from sklearn.model_selection import cross_val_score, KFold
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import Pipeline
def baseline_model():
    model = Sequential()
    model.add(Dense(8, input_dim=4, activation='relu'))
    model.compile(loss='categorical_crossentropy', optimizer='adam')
    return model
estimators = []
estimators.append(('standardize', StandardScaler()))
estimators.append(('mlp', KerasClassifier(build_fn=baseline_model, epochs=200, batch_size=5)))
pipeline = Pipeline(estimators)
results = cross_val_score(pipeline, X, y, cv=KFold(10))
"""),
    Case("scikeras_grid", "keras", "cnn", """
from scikeras.wrappers import KerasClassifier
from sklearn.model_selection import GridSearchCV
from tensorflow import keras
def create_model():
    return keras.Sequential([keras.layers.Conv2D(2, 3), keras.layers.Dense(1)])
model = KerasClassifier(model=create_model, verbose=0)
grid = GridSearchCV(estimator=model, param_grid=dict(epochs=[1, 2]))
grid_result = grid.fit(X, Y)
"""),
    Case("transfer_learning", "keras", "cnn", """
from tensorflow.keras.applications.vgg16 import VGG16, preprocess_input
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Model
base = VGG16(include_top=False)
x = Flatten()(base.output)
model = Model(inputs=base.input, outputs=Dense(2)(x))
model.compile('adam', 'binary_crossentropy')
model.fit_generator(train_generator, steps_per_epoch=10, epochs=3)
"""),
    Case("datagen_fit_is_no_training", "keras", "cnn", """
from keras.preprocessing.image import ImageDataGenerator
from keras.models import Sequential
from keras.layers.convolutional import Convolution2D
from keras.layers.core import Dense
datagen = ImageDataGenerator(featurewise_center=True)
datagen.fit(x_train)
model = Sequential()
model.add(Convolution2D(32, 3, 3))
model.add(Dense(10))
model.compile('adam', 'mse')
model.fit_generator(datagen.flow(x_train, y_train), samples_per_epoch=100, nb_epoch=2)
"""),
    Case("gradient_tape", "keras", "cnn", """
import tensorflow as tf
from tensorflow.keras import Model
from tensorflow.keras.layers import Dense, Conv2D
class MyModel(Model):
    def __init__(self):
        super().__init__()
        self.conv1 = Conv2D(32, 3)
        self.d = Dense(10)
    def call(self, x):
        return self.d(self.conv1(x))
model = MyModel()
optimizer = tf.keras.optimizers.Adam()
@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = loss_object(labels, model(images, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
for epoch in range(5):
    for images, labels in train_ds:
        train_step(images, labels)
"""),
    Case("gan_train_on_batch", "keras", "dense", """
from keras.layers import Input, Dense
from keras.models import Sequential, Model
class GAN():
    def __init__(self):
        self.discriminator = self.build_discriminator()
        self.discriminator.compile(loss='binary_crossentropy', optimizer='adam')
        self.combined = Model(Input((100,)), self.discriminator(z))
    def build_discriminator(self):
        model = Sequential()
        model.add(Dense(512))
        return model
    def train(self, epochs):
        for epoch in range(epochs):
            d_loss = self.discriminator.train_on_batch(imgs, valid)
if __name__ == '__main__':
    gan = GAN()
    gan.train(epochs=30000)
"""),
    Case("keras_with_tf1_session_config", "keras", "dense", """
import tensorflow as tf
from keras.backend.tensorflow_backend import set_session
from keras.models import Sequential
from keras.layers import Dense
config = tf.ConfigProto()
config.gpu_options.allow_growth = True
set_session(tf.Session(config=config))
model = Sequential([Dense(3)])
model.compile(optimizer=tf.train.AdamOptimizer(0.001), loss='mse')
model.fit(x, y)
"""),
    Case("subclass_with_own_train_step", "keras", "dense", """
import tensorflow as tf
from tensorflow import keras
class CustomModel(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {}
inputs = keras.Input(shape=(32,))
outputs = keras.layers.Dense(1)(inputs)
model = CustomModel(inputs, outputs)
model.compile(optimizer="adam")
model.fit(x, y, epochs=1)
"""),
    Case("partial_conv", "keras", "cnn", """
from functools import partial
import tensorflow as tf
DefaultConv2D = partial(tf.keras.layers.Conv2D, kernel_size=3, padding="SAME")
model = tf.keras.Sequential([DefaultConv2D(filters=64), tf.keras.layers.Dense(10)])
model.compile(loss="mse")
model.fit(X, y, epochs=30)
"""),
    Case("keras_tuner", "keras", "dense", """
import keras_tuner as kt
from tensorflow import keras
def build(hp):
    model = keras.Sequential([keras.layers.Dense(hp.Int('units', 8, 64)), keras.layers.Dense(1)])
    model.compile('adam', 'mse')
    return model
tuner = kt.RandomSearch(build, objective='val_loss', max_trials=5)
tuner.search(x, y, epochs=5)
"""),
    Case("try_import", "keras", "dense", """
try:
    import keras
except ImportError:
    from tensorflow import keras
model = keras.models.Sequential()
model.add(keras.layers.Dense(1))
model.compile('sgd', 'mse')
model.fit(x, y)
"""),
    Case("unused_conv_function", "keras", "dense", """
from keras.models import Sequential
from keras.layers import Dense, Conv2D
def cnn():
    return Sequential([Conv2D(3, 3)])
def mlp():
    return Sequential([Dense(3)])
model = mlp()
model.compile('sgd', 'mse')
model.fit(x, y)
"""),
    Case("fine_tune_loaded", "keras", "dense", """
from keras.models import load_model
model = load_model('model.h5')
model.fit(x, y, epochs=3)
"""),
    Case("autoencoder_and_regression", "both", None, """
from keras.layers import Input, Dense
from keras.models import Model
from sklearn.linear_model import LogisticRegression
i = Input((4,)); h = Dense(2)(i); auto = Model(i, Dense(4)(h)); encoder = Model(i, h)
auto.compile('adam', 'mse')
auto.fit(X, X, epochs=10)
LogisticRegression().fit(encoder.predict(X), y)
"""),
    Case("xgboost_classifier", "unsupported", None, """
from xgboost import XGBClassifier
from sklearn.model_selection import train_test_split
from sklearn.metrics import accuracy_score
model = XGBClassifier()
model.fit(X_train, y_train)
"""),
    Case("xgboost_in_grid_search", "unsupported", None, """
import xgboost as xgb
from sklearn.model_selection import GridSearchCV
GridSearchCV(xgb.XGBClassifier(), {'max_depth': [3]}).fit(X, y)
"""),
    Case("xgb_train", "unsupported", None, """
import xgboost as xgb
dtrain = xgb.DMatrix(X, y)
bst = xgb.train({'eta': 1}, dtrain, 10)
"""),
    Case("lightgbm_among_sklearn", "unsupported", None, """
import lightgbm as lgb
from sklearn.ensemble import RandomForestClassifier
for m in [RandomForestClassifier(), lgb.LGBMClassifier()]:
    m.fit(X, y)
"""),
    Case("xgboost_imported_not_used", "sklearn", "classical", """
import xgboost as xgb
from xgboost import XGBClassifier
from sklearn.svm import SVC
m = SVC().fit(X, y)
"""),
    Case("pytorch_loop", "unsupported", None, """
import torch
from torch import nn, optim
from sklearn.model_selection import train_test_split
net = nn.Sequential(nn.Linear(4, 3))
optimizer = optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(X), y)
    loss.backward()
    optimizer.step()
"""),
    Case("lightning", "unsupported", None, """
import pytorch_lightning as pl
class Net(pl.LightningModule):
    def training_step(self, batch, i):
        return 0
trainer = pl.Trainer(max_epochs=3)
trainer.fit(Net(), loader)
"""),
    Case("fastai", "unsupported", None, """
from fastai.vision.all import *
dls = ImageDataLoaders.from_folder(path)
learn = vision_learner(dls, resnet34, metrics=error_rate)
learn.fine_tune(1)
"""),
    Case("tensorflow1", "unsupported", None, """
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 784])
W = tf.Variable(tf.zeros([784, 10]))
train_step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
with tf.Session() as sess:
    sess.run(train_step, feed_dict={x: 1})
"""),
    Case("tensorflow_compat_v1", "unsupported", None, """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
opt = tf.train.AdamOptimizer().minimize(cost)
"""),
    Case("estimator", "unsupported", None, """
import tensorflow as tf
classifier = tf.estimator.DNNClassifier(feature_columns=cols, hidden_units=[30, 10], n_classes=3)
classifier.train(input_fn=lambda: input_fn(train, train_y), steps=5000)
"""),
    Case("statsmodels_ols", "unsupported", None, """
import statsmodels.api as sm
results = sm.OLS(y, X).fit()
"""),
    Case("transformers_trainer", "unsupported", None, """
from transformers import Trainer, AutoModelForSequenceClassification
model = AutoModelForSequenceClassification.from_pretrained('bert-base-uncased')
trainer = Trainer(model=model, train_dataset=ds)
trainer.train()
"""),
    Case("pyspark", "unsupported", None, """
from pyspark.sql import SparkSession
from pyspark.ml.classification import LogisticRegression
lr = LogisticRegression(maxIter=10)
model = lr.fit(df)
"""),
    Case("autokeras", "unsupported", None, """
import autokeras as ak
clf = ak.ImageClassifier(max_trials=1)
clf.fit(x_train, y_train, epochs=10)
"""),
    Case("jax", "unsupported", None, """
import jax
from sklearn.datasets import load_iris
grads = jax.grad(loss)(params)
"""),
    Case("raw_tensorflow_variables", "unsupported", None, """
import tensorflow as tf
W = tf.Variable(0.0)
opt = tf.optimizers.SGD(0.1)
with tf.GradientTape() as g:
    loss = f(W)
opt.apply_gradients(zip(g.gradient(loss, [W]), [W]))
"""),
    Case("only_scaler", "none", None, """
from sklearn.preprocessing import StandardScaler
sc = StandardScaler()
sc.fit(X)
"""),
    Case("serves_a_pickle", "none", None, """
import pickle
from flask import Flask
from sklearn.svm import SVC
model = pickle.load(open('model.pkl', 'rb'))
print(model.predict(X))
"""),
    Case("from_scratch", "none", None, """
import numpy as np
from sklearn.datasets import load_iris
class Perceptron:
    def fit(self, X, y):
        self.w = np.zeros(X.shape[1])
p = Perceptron()
p.fit(X, y)
"""),
    Case("text_only", "none", None, '''
"""
from sklearn.svm import SVC
SVC().fit(X, y)
"""
text = "model = Sequential(); model.fit()"
'''),
    Case("evaluates_loaded_keras", "none", None, """
from keras.models import load_model
model = load_model('m.h5')
print(model.evaluate(x, y))
"""),
    Case("resnet_functional", "keras", "cnn", """
from __future__ import print_function
import keras
from keras.layers import Dense, Conv2D, BatchNormalization, Activation
from keras.models import Model
def resnet_layer(inputs, num_filters=16):
    conv = Conv2D(num_filters, kernel_size=3)
    x = inputs
    x = conv(x)
    return x
def resnet_v1(input_shape, depth):
    inputs = Input(shape=input_shape)
    x = resnet_layer(inputs=inputs)
    for stack in range(3):
        for res_block in range(3):
            y = resnet_layer(inputs=x)
            x = keras.layers.add([x, y])
    outputs = Dense(10)(x)
    model = Model(inputs=inputs, outputs=outputs)
    return model
def resnet_v2(input_shape, depth):
    return None
version = 1
if version == 2:
    model = resnet_v2(1, 2)
else:
    model = resnet_v1(1, 2)
model.compile('adam')
if not data_augmentation:
    model.fit(x_train, y_train, batch_size=32)
else:
    datagen = ImageDataGenerator()
    datagen.fit(x_train)
    model.fit_generator(datagen.flow(x_train, y_train), epochs=3, workers=4)
"""),
    Case("titanic_kernel_many", "unsupported", None, """
import pandas as pd
import xgboost as xgb
from sklearn.ensemble import (RandomForestClassifier, AdaBoostClassifier,
                              GradientBoostingClassifier, ExtraTreesClassifier)
from sklearn.svm import SVC
class SklearnHelper(object):
    def __init__(self, clf, seed=0, params=None):
        params['random_state'] = seed
        self.clf = clf(**params)
    def train(self, x_train, y_train):
        self.clf.fit(x_train, y_train)
    def predict(self, x):
        return self.clf.predict(x)
    def fit(self,x,y):
        return self.clf.fit(x,y)
rf = SklearnHelper(clf=RandomForestClassifier, seed=SEED, params=rf_params)
svc = SklearnHelper(clf=SVC, seed=SEED, params=svc_params)
def get_oof(clf, x_train, y_train, x_test):
    for i, (train_index, test_index) in enumerate(kf):
        clf.train(x_tr, y_tr)
    return 1, 2
rf_oof_train, rf_oof_test = get_oof(rf, x_train, y_train, x_test)
gbm = xgb.XGBClassifier(n_estimators=2000).fit(x_train, y_train)
"""),
    Case("titanic_helper", "sklearn", "classical", """
from sklearn.ensemble import RandomForestClassifier
class SklearnHelper(object):
    def __init__(self, clf, seed=0, params=None):
        self.clf = clf(**params)
    def train(self, x_train, y_train):
        self.clf.fit(x_train, y_train)
rf = SklearnHelper(clf=RandomForestClassifier, seed=1, params={})
def get_oof(clf, x):
    clf.train(x, x)
get_oof(rf, 1)
"""),
    Case("titanic_models_table", "sklearn", "classical", """
logreg = None
from sklearn.linear_model import LogisticRegression, Perceptron, SGDClassifier
from sklearn.naive_bayes import GaussianNB
logreg = LogisticRegression()
logreg.fit(X_train, Y_train)
Y_pred = logreg.predict(X_test)
acc_log = round(logreg.score(X_train, Y_train) * 100, 2)
perceptron = Perceptron()
perceptron.fit(X_train, Y_train)
"""),
    Case("mlm_regression", "keras", "dense", """
import pandas
from keras.wrappers.scikit_learn import KerasRegressor
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
def wider_model():
    model = Sequential()
    model.add(Dense(20))
    return model
from keras.models import Sequential
from keras.layers import Dense
results = cross_val_score(Pipeline([('mlp', KerasRegressor(build_fn=wider_model, epochs=100))]), X, Y)
"""),
    Case("mlm_timeseries", "keras", "rnn", """
from sklearn.preprocessing import MinMaxScaler
from sklearn.metrics import mean_squared_error
from keras.models import Sequential
from keras.layers import Dense, LSTM
def fit_lstm(train, batch_size, nb_epoch, neurons):
    X, y = train[:, 0:-1], train[:, -1]
    model = Sequential()
    model.add(LSTM(neurons, stateful=True))
    model.add(Dense(1))
    model.compile(loss='mean_squared_error', optimizer='adam')
    for i in range(nb_epoch):
        model.fit(X, y, epochs=1, batch_size=batch_size, verbose=0, shuffle=False)
        model.reset_states()
    return model
def scale(train, test):
    scaler = MinMaxScaler(feature_range=(-1, 1))
    scaler = scaler.fit(train)
    return scaler
scaler = scale(train, test)
lstm_model = fit_lstm(train_scaled, 1, 3000, 4)
"""),
    Case("sklearn_gallery_digits", "sklearn", "classical", """
import matplotlib.pyplot as plt
from sklearn import datasets, metrics, svm
clf = svm.SVC(gamma=0.001)
clf.fit(X_train, y_train)
"""),
    Case("sklearn_gallery_plot_iris", "sklearn", "classical", """
from sklearn import svm
models = (svm.SVC(kernel="linear"), svm.LinearSVC())
models = (clf.fit(X, y) for clf in models)
"""),
    Case("sklearn_rbm", "sklearn", "classical", """
from sklearn import linear_model
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import Pipeline
from sklearn.base import clone
logistic = linear_model.LogisticRegression()
rbm = BernoulliRBM()
rbm_features_classifier = Pipeline(steps=[("rbm", rbm), ("logistic", logistic)])
rbm_features_classifier.fit(X_train, Y_train)
raw_pixel_classifier = clone(logistic)
raw_pixel_classifier.fit(X_train, Y_train)
"""),
    Case("hands_on_gan", "keras", "cnn", """
import tensorflow as tf
from tensorflow import keras
generator = keras.models.Sequential([keras.layers.Dense(100), keras.layers.Conv2DTranspose(64, 5)])
discriminator = keras.models.Sequential([keras.layers.Conv2D(64, 5)])
gan = keras.models.Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="rmsprop")
def train_gan(gan, dataset, batch_size, codings_size, n_epochs=50):
    generator, discriminator = gan.layers
    for epoch in range(n_epochs):
        for X_batch in dataset:
            discriminator.train_on_batch(X_fake_and_real, y1)
            gan.train_on_batch(noise, y2)
train_gan(gan, dataset, batch_size, codings_size)
"""),
    Case("text_gen_tf", "keras", "rnn", """
import tensorflow as tf
class MyModel(tf.keras.Model):
    def __init__(self, vocab_size):
        super().__init__(self)
        self.embedding = tf.keras.layers.Embedding(vocab_size, 3)
        self.gru = tf.keras.layers.GRU(3)
    def call(self, inputs):
        return self.gru(self.embedding(inputs))
model = MyModel(vocab_size=5)
model.compile(optimizer='adam', loss=loss)
history = model.fit(dataset, epochs=EPOCHS, callbacks=[checkpoint_callback])
"""),
    Case("keras_dqn", "keras", "dense", """
import gym
from collections import deque
from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import Adam
class DQNAgent:
    def __init__(self, state_size, action_size):
        self.model = self._build_model()
    def _build_model(self):
        model = Sequential()
        model.add(Dense(24))
        model.compile(loss='mse', optimizer=Adam(lr=0.001))
        return model
    def replay(self, batch_size):
        for state in minibatch:
            self.model.fit(state, target_f, epochs=1, verbose=0)
if __name__ == "__main__":
    agent = DQNAgent(4, 2)
    for e in range(3):
        agent.replay(32)
"""),
    Case("sys_argv_models", "sklearn", "classical", """
import sys
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
def get_model(name):
    if name == 'svm':
        return SVC()
    elif name == 'tree':
        return DecisionTreeClassifier()
model = get_model(sys.argv[1])
model.fit(X, y)
"""),
    Case("mlflow_elasticnet", "sklearn", "classical", """
import mlflow
import mlflow.sklearn
from sklearn.linear_model import ElasticNet
if __name__ == "__main__":
    with mlflow.start_run():
        lr = ElasticNet(alpha=0.5)
        lr.fit(train_x, train_y)
        mlflow.sklearn.log_model(lr, "model")
"""),
    Case("mlflow_keras", "keras", "cnn", """
import mlflow.keras
import keras
from keras.models import Sequential
from keras.layers import Dense, Conv2D
mlflow.keras.autolog()
def main():
    m = Sequential()
    m.add(Conv2D(3, 3))
    m.compile()
    m.fit(x, y)
main()
"""),
    Case("inherits_sequential", "keras", "dense", """
from keras.models import Sequential
from keras.layers import Dense
class Net(Sequential):
    def __init__(self):
        super().__init__()
        self.add(Dense(3))
        self.compile('adam', 'mse')
n = Net()
n.fit(x, y)
"""),
    Case("svm_on_embeddings", "sklearn", "classical", """
from tensorflow.keras.models import Model, load_model
from sklearn.svm import SVC
m = load_model('facenet.h5')
emb = m.predict(X)
model = SVC(kernel='linear', probability=True)
model.fit(emb, y)
"""),
    Case("multi_output", "sklearn", "classical", """
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline
from sklearn.model_selection import GridSearchCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
def build_model():
    pipeline = Pipeline([
        ('vect', CountVectorizer(tokenizer=tokenize)),
        ('tfidf', TfidfTransformer()),
        ('clf', MultiOutputClassifier(RandomForestClassifier())),
    ])
    cv = GridSearchCV(pipeline, param_grid={})
    return cv
def main():
    model = build_model()
    model.fit(X_train, Y_train)
if __name__ == '__main__':
    main()
"""),
    Case("tf_keras_dist", "keras", "cnn", """
import tensorflow as tf
strategy = tf.distribute.MirroredStrategy()
with strategy.scope():
    model = tf.keras.Sequential([tf.keras.layers.Conv2D(32, 3)])
    model.compile(loss='a')
model.fit(train_dataset, epochs=12)
"""),
    Case("sklearn_with_tsne", "sklearn", "classical", """
from sklearn.manifold import TSNE
from sklearn.ensemble import RandomForestClassifier
emb = TSNE().fit_transform(X)
rf = RandomForestClassifier(); rf.fit(X, y)
"""),
    Case("keras_kmeans_helper", "keras", "dense", """
from sklearn.cluster import KMeans
from keras.models import Sequential
from keras.layers import Dense
km = KMeans(3); km.fit(X)
m = Sequential([Dense(1)]); m.compile(); m.fit(X, y)
"""),
    Case("walrus_match", "sklearn", "classical", """
from sklearn.svm import SVC
match kind:
    case 'a':
        model = SVC()
    case _:
        model = None
if (m := model):
    m.fit(X, y)
"""),
    Case("nested_func", "sklearn", "classical", """
from sklearn.svm import SVC
def outer():
    clf = SVC()
    def inner():
        clf.fit(X, y)
    inner()
outer()
"""),
    Case("global_var", "sklearn", "classical", """
from sklearn.svm import SVC
clf = None
def build():
    global clf
    clf = SVC()
def train():
    clf.fit(X, y)
build(); train()
"""),
    Case("attr_other", "sklearn", "classical", """
from sklearn.svm import SVC
import types
ns = types.SimpleNamespace()
ns.model = SVC()
ns.model.fit(X, y)
"""),
    Case("dict_of_dicts", "sklearn", "classical", """
from sklearn.svm import SVC
from sklearn.model_selection import GridSearchCV
MODELS = {'svm': {'model': SVC(), 'params': {}}, 'x': {'model': None}}
for name, mp in MODELS.items():
    clf = GridSearchCV(mp['model'], mp['params'], cv=5)
    clf.fit(X, y)
"""),
    Case("joblib_parallel", "sklearn", "classical", """
from joblib import Parallel, delayed
from sklearn.svm import SVC
def job(m):
    return m.fit(X, y)
Parallel(2)(delayed(job)(m) for m in [SVC(), SVC(C=3)])
"""),
    Case("keras_functional_api_multi", "keras", "rnn", """
import keras
from keras import layers
title = keras.Input(shape=(None,))
f = layers.Embedding(3, 64)(title)
f = layers.LSTM(128)(f)
model = keras.Model(inputs=[title], outputs=[f])
model.compile("adam")
model.fit({"title": t}, {"p": p}, epochs=2)
"""),
    Case("bert_tf", "unsupported", None, """
from transformers import TFBertForSequenceClassification
import tensorflow as tf
model = TFBertForSequenceClassification.from_pretrained('bert')
model.compile(optimizer=tf.keras.optimizers.Adam())
model.fit(ds, epochs=2)
"""),
    Case("hub", "keras", "dense", """
import tensorflow as tf
import tensorflow_hub as hub
model = tf.keras.Sequential([hub.KerasLayer("x"), tf.keras.layers.Dense(1)])
model.compile(); model.fit(ds, epochs=10)
"""),
    Case("segmentation_models", "keras", "cnn", """
import segmentation_models as sm
from tensorflow import keras
model = sm.Unet('resnet34')
model.compile('Adam')
model.fit(x=x, y=y, batch_size=16, epochs=100)
"""),
    Case("unknown_net", "keras", "dense", """
import deepnet
import tensorflow as tf
model = deepnet.build()
model.fit(x, y, epochs=3, batch_size=3)
"""),
    Case("ann_superdatascience", "keras", "dense", """
from sklearn.preprocessing import LabelEncoder, OneHotEncoder
from sklearn.compose import ColumnTransformer
import keras
from keras.models import Sequential
from keras.layers import Dense
le = LabelEncoder()
X[:, 2] = le.fit_transform(X[:, 2])
classifier = Sequential()
classifier.add(Dense(output_dim = 6, init = 'uniform'))
classifier.fit(X_train, y_train, batch_size = 10, nb_epoch = 100)
from keras.wrappers.scikit_learn import KerasClassifier
from sklearn.model_selection import cross_val_score, GridSearchCV
def build_classifier(optimizer):
    classifier = Sequential()
    return classifier
classifier = KerasClassifier(build_fn = build_classifier)
grid_search = GridSearchCV(estimator = classifier, param_grid = {'batch_size': [25, 32]})
grid_search = grid_search.fit(X_train, y_train)
"""),
    Case("sklearn_iterate_tuple", "sklearn", "classical", """
from sklearn import linear_model, ensemble
regressors = [
    ('lr', linear_model.LinearRegression),
    ('gb', ensemble.GradientBoostingRegressor),
]
for name, R in regressors:
    r = R()
    r.fit(X, y)
"""),
    Case("fit_in_method_via_param", "sklearn", "classical", """
from sklearn.linear_model import LogisticRegression
class Experiment:
    def __init__(self, model, name='x'):
        self.model = model
        self.name = name
    def run(self):
        return self.model.fit(X, y)
exps = [Experiment(LogisticRegression()), Experiment(model=LogisticRegression(C=2))]
for e in exps:
    e.run()
"""),
    Case("hyperopt_objective", "sklearn", "classical", """
from hyperopt import fmin, tpe, hp
from sklearn.svm import SVC
from sklearn.model_selection import cross_val_score
def objective(params):
    clf = SVC(**params)
    return -cross_val_score(clf, X, y).mean()
fmin(objective, space, algo=tpe.suggest, max_evals=10)
"""),
    Case("optuna_xgb", "unsupported", None, """
import optuna, lightgbm as lgb
def objective(trial):
    dtrain = lgb.Dataset(X, y)
    return lgb.cv({}, dtrain)
optuna.create_study().optimize(objective)
"""),
    Case("regex_search_only", "none", None, """
import re
m = re.compile('x')
m.search('xx')
from sklearn.svm import SVC
"""),
    Case("scipy_curve", "none", None, """
from scipy.stats import norm
norm.fit(data)
"""),
    Case("lambda_train", "sklearn", "classical", """
from sklearn.svm import SVC
train = lambda m: m.fit(X, y)
train(SVC())
"""),
    Case("async_main", "keras", "dense", """
import asyncio, keras
async def main():
    m = keras.Sequential([keras.layers.Dense(2)])
    m.compile()
    m.fit(x, y)
asyncio.run(main())
"""),
    Case("kfold_reuse", "keras", "dense", """
from sklearn.model_selection import KFold
import tensorflow as tf
def get_compiled_model():
    model = tf.keras.models.Sequential(); model.add(tf.keras.layers.Dense(1)); model.compile(); return model
for t, v in KFold().split(X):
    network = get_compiled_model()
    network.fit(X[t], y[t], epochs=2)
"""),
    Case("generic_wrappers", "keras", "rnn", """
from abc import ABC, abstractmethod
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import GRU, Dense
class Base(ABC):
    @abstractmethod
    def build(self): ...
    def fit(self, X, y, epochs=2):
        self.model = self.build()
        self.model.fit(X, y, epochs=epochs)
class Gru(Base):
    def build(self):
        m = Sequential([GRU(3), Dense(1)])
        m.compile()
        return m
Gru().fit(X, y)
"""),
    Case("keras_and_sklearn_models", "both", None, """
from sklearn.ensemble import RandomForestClassifier
from tensorflow import keras
rf = RandomForestClassifier().fit(X, y)
nn = keras.Sequential([keras.layers.Dense(1)])
nn.compile()
nn.fit(X, y)
"""),
    Case("torch_dataset_sklearn", "sklearn", "classical", """
import torchvision
import torch
from sklearn.svm import SVC
d = torchvision.datasets.MNIST('.')
SVC().fit(d.data, d.targets)
"""),
    Case("opencv_svm", "none", None, """
import cv2
svm = cv2.ml.SVM_create()
svm.train(x, cv2.ml.ROW_SAMPLE, y)
"""),
    Case("nltk", "none", None, """
import nltk
c = nltk.NaiveBayesClassifier.train(train_set)
"""),
    Case("tf1_mnist_layers", "unsupported", None, """
import tensorflow as tf
def model_fn(features, labels, mode):
    optimizer = tf.train.GradientDescentOptimizer(0.001)
    return optimizer.minimize(loss=loss, global_step=tf.train.get_global_step())
def main(unused):
    est = tf.estimator.Estimator(model_fn=model_fn)
    est.train(input_fn=f)
if __name__ == "__main__":
    tf.app.run()
"""),
    Case("lambda_in_function", "sklearn", "classical", """
from sklearn.svm import SVC
class Config:
    key = lambda x: x
def main():
    build = lambda c: SVC(C=c)
    for c in (1, 2):
        build(c).fit(X, y)
main()
"""),
    Case("mnist_sklearn_wrapper", "keras", "cnn", """
import keras
from keras.models import Sequential
from keras.layers import Dense, Conv2D
from keras.wrappers.scikit_learn import KerasClassifier
from sklearn.model_selection import GridSearchCV
def make_model(dense_layer_sizes, filters):
    model = Sequential()
    model.add(Conv2D(filters, 3))
    for layer_size in dense_layer_sizes:
        model.add(Dense(layer_size))
    model.compile(loss='categorical_crossentropy', optimizer='adadelta')
    return model
my_classifier = KerasClassifier(make_model, batch_size=32)
validator = GridSearchCV(my_classifier, param_grid={}, scoring='neg_log_loss')
validator.fit(x_train, y_train)
best_model = validator.best_estimator_.model
"""),
    Case("property_setter", "sklearn", "classical", """
from sklearn.svm import SVC
class Box:
    def __init__(self):
        self._model = SVC()
    @property
    def model(self):
        return self._model
    @model.setter
    def model(self, value):
        self._model = value
Box().model.fit(X, y)
"""),
    Case("calibrated_xgb", "unsupported", None, """
from catboost import CatBoostClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import cross_val_score
print(cross_val_score(CalibratedClassifierCV(CatBoostClassifier()), X, y))
"""),
    Case("commented_out_fit", "none", None, """
from keras.models import Sequential
from keras.layers import Dense
model = Sequential([Dense(1)])
model.compile('adam', 'mse')
# model.fit(x, y)
model.load_weights('w.h5')
print(model.evaluate(x, y))
"""),
    Case("stacked_models_with_dummy", "keras", "dense", """
from sklearn.dummy import DummyClassifier
import keras
base = DummyClassifier().fit(X, y)
m = keras.Sequential([keras.layers.Dense(1)])
m.compile('sgd', 'mse')
m.fit(X, y)
"""),
    Case("optimizer_minimize", "keras", "dense", """
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
opt = tf.keras.optimizers.Adam()
for step in range(10):
    opt.minimize(lambda: loss(model), model.trainable_variables)
"""),
    Case("eager_if_elif", "sklearn", "classical", """
import sys
from sklearn.linear_model import LogisticRegression
from sklearn.ensemble import RandomForestClassifier
algorithm = sys.argv[1]
if algorithm == 'lr':
    clf = LogisticRegression()
elif algorithm == 'rf':
    clf = RandomForestClassifier()
else:
    sys.exit(1)
clf.fit(X, y)
"""),
    Case("preprocessing_normalization_layer", "keras", "dense", """
import tensorflow as tf
from tensorflow.keras import layers
norm = layers.Normalization()
norm.adapt(X)
m = tf.keras.Sequential([norm, layers.Dense(units=1)])
m.compile(optimizer=tf.optimizers.Adam(learning_rate=0.1), loss='mean_absolute_error')
m.fit(X, y, epochs=100)
"""),
)  # fmt: skip
