"""Single scripts of the odder kind: names made up at run time, unknown libraries, broken exports."""

from .script_cases import Case

ODD_CASES = (
    Case("every_estimator_there_is", "sklearn", "classical", """
from sklearn.utils import all_estimators
for name, Estimator in all_estimators(type_filter='classifier'):
    try:
        Estimator().fit(X, y)
    except Exception:
        print(name)
"""),
    Case("estimator_named_in_a_file", "sklearn", "classical", """
import json
import sklearn.ensemble
options = json.load(open('options.json'))
forest = getattr(sklearn.ensemble, options['name'])(**options['arguments'])
forest.fit(X, y)
"""),
    Case("attribute_named_in_the_code", "sklearn", "classical", """
from sklearn import svm
machine = getattr(svm, 'SVC')()
getattr(machine, 'fit')(X, y)
"""),
    Case("application_named_in_a_variable", "keras", "cnn", """
import tensorflow as tf
base = getattr(tf.keras.applications, BACKBONE)(include_top=False)
net = tf.keras.Sequential([base, tf.keras.layers.Dense(2)])
net.compile('adam', 'mse')
net.fit(x, y)
"""),
    Case("function_named_on_the_command_line", "sklearn", "classical", """
import sys
from sklearn.svm import SVC
def machine():
    SVC().fit(X, y)
globals()[sys.argv[1]]()
"""),
    Case("method_named_on_the_command_line", "sklearn", "classical", """
import sys
from sklearn.svm import SVC
class Work:
    def go(self, what):
        getattr(self, what)()
    def machine(self):
        SVC().fit(X, y)
Work().go(sys.argv[1])
"""),
    Case("evaluated_text", "sklearn", "classical", """
from sklearn.linear_model import Ridge
eval("Ridge(alpha=2)").fit(X, y)
"""),
    Case("evaluated_data_calls_nothing", "none", None, """
from sklearn.metrics import accuracy_score
def unused():
    return 1
print(accuracy_score(*eval(open('pairs.txt').read())))
"""),
    Case("sacred", "keras", "dense", """
import keras
from sacred import Experiment
ex = Experiment('small')
@ex.automain
def run(units):
    net = keras.Sequential([keras.layers.Dense(units)])
    net.compile('sgd', 'mse')
    net.fit(x, y)
"""),
    Case("fire_class", "keras", "dense", """
import fire
import keras
class Commands:
    def train(self, epochs=3):
        net = keras.Sequential([keras.layers.Dense(1)])
        net.compile('sgd', 'mse')
        net.fit(x, y, epochs=epochs)
if __name__ == '__main__':
    fire.Fire(Commands)
"""),
    Case("several_gpus", "keras", "cnn", """
from keras.layers import Conv2D
from keras.models import Sequential
from keras.utils import multi_gpu_model
single = Sequential([Conv2D(3, 3)])
both = multi_gpu_model(single, gpus=2)
both.compile('adam', 'mse')
both.fit(x, y)
"""),
    Case("keras_core", "keras", "cnn", """
import keras_core as keras
net = keras.Sequential([keras.layers.Conv2D(3, 3)])
net.compile()
net.fit(x, y)
"""),
    Case("tensorflow_core", "keras", "rnn", """
from tensorflow_core.python.keras.layers import LSTM
from tensorflow_core.python.keras.models import Sequential
net = Sequential([LSTM(3)])
net.compile()
net.fit(x, y)
"""),
    Case("star_of_the_package", "keras", "cnn", """
from tensorflow.keras import *
net = models.Sequential([layers.Conv2D(3, 3), layers.Dense(1)])
net.compile()
net.fit(x, y)
"""),
    Case("star_of_tensorflow", "keras", "dense", """
from tensorflow import *
net = keras.Sequential([keras.layers.Dense(3)])
net.compile()
net.fit(x, y)
"""),
    Case("named_tuples_of_models", "sklearn", "classical", """
from collections import namedtuple
from sklearn.svm import SVC
Entry = namedtuple('Entry', 'name model')
for entry in [Entry('a', SVC()), Entry('b', SVC(C=3))]:
    entry.model.fit(X, y)
"""),
    Case("data_class_with_a_model", "sklearn", "classical", """
from dataclasses import dataclass, field
from sklearn.svm import SVC
@dataclass
class Plan:
    name: str
    model: object = field(default_factory=SVC)
    def go(self):
        self.model.fit(X, y)
Plan('first').go()
"""),
    Case("data_class_given_a_model", "sklearn", "classical", """
from dataclasses import dataclass
from sklearn.tree import DecisionTreeClassifier
@dataclass
class Plan:
    name: str
    model: object
plan = Plan('tree', DecisionTreeClassifier())
plan.model.fit(X, y)
"""),
    Case("forest_for_its_importances_only", "keras", "dense", """
from keras.layers import Dense
from keras.models import Sequential
from sklearn.ensemble import ExtraTreesClassifier
forest = ExtraTreesClassifier()
forest.fit(X, y)
X = X[:, forest.feature_importances_.argsort()[-10:]]
net = Sequential([Dense(3)])
net.compile('adam', 'mse')
net.fit(X, y)
"""),
    Case("forest_that_predicts_as_well", "both", None, """
from keras.layers import Dense
from keras.models import Sequential
from sklearn.ensemble import ExtraTreesClassifier
forest = ExtraTreesClassifier()
forest.fit(X, y)
print(forest.feature_importances_, forest.predict(X))
net = Sequential([Dense(3)])
net.compile('adam', 'mse')
net.fit(X, y)
"""),
    Case("agent_of_keras_rl", "keras", "dense", """
from keras.layers import Dense
from keras.models import Sequential
from rl.agents.dqn import DQNAgent
net = Sequential([Dense(16), Dense(2)])
agent = DQNAgent(model=net, nb_actions=2)
agent.compile('adam')
agent.fit(env, nb_steps=500)
"""),
    Case("active_learner_around_a_forest", "sklearn", "classical", """
from modAL.models import ActiveLearner
from sklearn.ensemble import RandomForestClassifier
learner = ActiveLearner(estimator=RandomForestClassifier())
learner.fit(X, y)
"""),
    Case("own_scikit_wrapper_around_keras", "keras", "cnn", """
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GridSearchCV
from tensorflow.keras import layers, models
class Wrapped(BaseEstimator, ClassifierMixin):
    def __init__(self, net, epochs=3):
        self.net = net
        self.epochs = epochs
    def fit(self, X, y):
        self.net.fit(X, y, epochs=self.epochs)
        return self
    def predict(self, X):
        return self.net.predict(X).argmax(axis=-1)
net = models.Sequential([layers.Conv2D(8, 3), layers.Dense(2)])
net.compile('adam', 'mse')
GridSearchCV(Wrapped(net), {'epochs': [3, 5]}).fit(images, labels)
"""),
    Case("embedding_for_neighbours", "sklearn", "classical", """
import umap
from sklearn.neighbors import KNeighborsClassifier
flat = umap.UMAP().fit(X)
print(KNeighborsClassifier().fit(flat.transform(X), y).predict(flat.transform(Xt)))
"""),
    Case("unknown_library_that_predicts", "unsupported", None, """
import strangelib
from sklearn.metrics import accuracy_score
model = strangelib.Model()
model.fit(X, y)
print(accuracy_score(y, model.predict(X)))
"""),
    Case("unknown_library_that_does_not", "none", None, """
import strangelib
from sklearn.metrics import accuracy_score
strangelib.Encoder().fit(X)
"""),
    Case("standard_library_is_no_model", "none", None, """
import re
from sklearn.metrics import accuracy_score
pattern = re.compile('x')
pattern.fit(X)
print(pattern.predict)
"""),
    Case("lazypredict", "unsupported", None, """
from lazypredict.Supervised import LazyClassifier
models, scores = LazyClassifier().fit(X, Xt, y, yt)
"""),
    Case("pycaret", "unsupported", None, """
from pycaret.classification import *
setup(table, target='kind')
best = compare_models()
"""),
    Case("imported_train_function", "unsupported", None, """
from lightgbm import Dataset, train
booster = train({}, Dataset(X, y))
"""),
    Case("gluon_loop", "unsupported", None, """
from mxnet import autograd, gluon
net = gluon.nn.Dense(3)
trainer = gluon.Trainer(net.collect_params(), 'sgd')
for x, y in batches:
    with autograd.record():
        loss = error(net(x), y)
    loss.backward()
    trainer.step(10)
"""),
    Case("slim", "unsupported", None, """
import tensorflow as tf
slim = tf.contrib.slim
step = slim.learning.create_train_op(loss, optimizer)
slim.learning.train(step, 'logs')
"""),
    Case("somebodys_training_in_a_session", "unsupported", None, """
import tensorflow as tf
from cleverhans.train import train
session = tf.Session()
train(session, loss, x, y)
"""),
    Case("restored_session", "none", None, """
import tensorflow as tf
session = tf.Session()
tf.train.import_meta_graph('net.meta').restore(session, 'net')
print(session.run('out:0'))
"""),
    Case("network_of_ones_own", "none", None, """
import numpy as np
from sklearn.datasets import load_iris
class Net:
    def fit(self, X, y):
        self.weights = np.zeros(3)
    def predict(self, X):
        return X
Net().fit(*load_iris(return_X_y=True))
"""),
    Case("clusters_beside_an_unknown_library", "sklearn", "classical", """
import strangelib
from sklearn.cluster import KMeans
strangelib.Space().fit(X)
print(KMeans(3).fit(X).predict(X))
"""),
    Case("prophet_by_its_old_name", "unsupported", None, """
import pandas as pd
from fbprophet import Prophet
calls = pd.read_csv('calls.csv').rename(columns={'day': 'ds', 'calls': 'y'})
model = Prophet()
model.fit(calls)
print(model.predict(model.make_future_dataframe(periods=12)))
"""),
    Case("weights_of_ones_own_on_a_tape", "unsupported", None, """
import tensorflow as tf
from sklearn import datasets
w = tf.Variable(tf.random.normal([4, 3]))
for x, y in tf.data.Dataset.from_tensor_slices(datasets.load_iris(return_X_y=True)).batch(30):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.one_hot(y, 3) - tf.nn.softmax(tf.matmul(tf.cast(x, 'float32'), w))))
    w.assign_sub(0.1 * tape.gradient(loss, w))
"""),
    Case("keras_weights_moved_by_hand", "keras", "dense", """
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Dense(3)])
for x, y in batches:
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(y - model(x)))
    for weight, slope in zip(model.trainable_weights, tape.gradient(loss, model.trainable_weights)):
        weight.assign_sub(0.01 * slope)
"""),
    Case("a_target_net_that_follows", "none", None, """
import tensorflow as tf
model = tf.keras.models.load_model('net.h5')
for slow, fast in zip(model.weights, tf.keras.models.load_model('new.h5').weights):
    slow.assign_sub(0.1 * (slow - fast))
"""),
    Case("excerpt_without_its_imports", "keras", "cnn", """
model = Sequential()
model.add(Conv1D(100, 70, activation='relu', input_shape=(1800, 1)))
model.add(Flatten())
model.add(Dense(6, activation='softmax'))
model.compile(optimizer=keras.optimizers.Adam(), loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(train_x, train_y, epochs=50, batch_size=32)
"""),
    Case("excerpt_of_a_sklearn_script", "sklearn", "classical", """
search = GridSearchCV(sklearn.svm.SVC(), {'C': [1, 10]})
search.fit(X, y)
"""),
    Case("own_names_are_no_frameworks", "none", None, """
class Sequential:
    def fit(self, x):
        return self
def Dense(units):
    return units
Sequential().fit(Dense(3))
"""),
    Case("own_estimator_that_is_only_built", "none", None, """
from sklearn.neural_network import MLPRegressor
class AutoEncoder(MLPRegressor):
    def fit(self, X, y=None):
        return super().fit(X, X)
    def fit_predict(self, X, y=None):
        return self.fit(X).predict(X)
    def predict(self, X):
        return super().predict(X) - X
if __name__ == '__main__':
    autoencoder = AutoEncoder(hidden_layer_sizes=(50, 2, 50))
"""),
    Case("own_estimator_that_is_fitted", "sklearn", "classical", """
from sklearn.neural_network import MLPRegressor
class AutoEncoder(MLPRegressor):
    def fit(self, X, y=None):
        return super().fit(X, X)
    def fit_predict(self, X, y=None):
        return self.fit(X).predict(X)
print(AutoEncoder().fit_predict(X))
"""),
    Case("own_estimator_in_a_cross_validation", "sklearn", "classical", """
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
class Signed(BaseEstimator, ClassifierMixin):
    def fit(self, X, y):
        self.inner_ = LogisticRegression().fit(X, y)
        return self
    def predict(self, X):
        return self.inner_.predict(X)
print(cross_val_score(Signed(), X, y).mean())
"""),
)  # fmt: skip
