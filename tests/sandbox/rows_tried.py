"""Run in an environment with its family's name: every row of the renames, tried for real; prints what does not hold."""

import importlib
import inspect
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
warnings.simplefilter("ignore")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import sklearn.ensemble
from sklearn import feature_selection, linear_model, metrics, model_selection, preprocessing
from sklearn.datasets import load_iris
from sklearn.multiclass import OneVsRestClassifier

from mlprojects.sandbox import old_names, renames
from mlprojects.sandbox.renames import Call, Gone, Module, Name, Places

FAMILY = sys.argv[1]
X, Y = load_iris(return_X_y=True)
tables = {"": old_names.ROWS}
if FAMILY == "keras":
    from mlprojects.keras import framework
    from mlprojects.keras import old_names as keras_names

    tables["keras"] = keras_names.ROWS
    if not framework.IS_KERAS_3:
        from mlprojects.keras import keras2_names

        tables["keras2"] = keras2_names.ROWS
ROWS = [row for table in tables.values() for row in table]
there = {row.old for row in ROWS if isinstance(row, Name | Gone) and renames._has(*renames.home_of(row.old))}
faults: list[str] = []


def holds(what, truth):
    """Note what does not hold."""
    if not truth:
        faults.append(str(what))


def text_of(statement):
    """What the error of a statement says."""
    try:
        exec(statement, {})
    except (AttributeError, ImportError) as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


old_names.beneath()
old_names.install(FAMILY)
for row in ROWS:
    parent, _, last = getattr(row, "old", getattr(row, "of", "")).rpartition(".")
    try:
        if isinstance(row, Module):
            module = importlib.import_module(row.old)
            holds(row.old, row.old in sys.modules)
            for name, value in row.extra.items():
                if isinstance(value, str):
                    holds((row.old, name), value in text_of(f"from {row.old} import {name}"))
                else:
                    holds((row.old, name), getattr(module, name) is value)
        elif isinstance(row, Name):
            home, name = renames.home_of(row.old)
            holds(
                row.old,
                row.old in there
                or getattr(home, name) == row.new
                or home.__dict__[name] is row.new
                or isinstance(getattr(home, name), type(sys)),
            )
        elif isinstance(row, Gone):
            says = f"ImportError: {row.old} is gone: {row.reason}"
            holds(row.old, row.old in there or text_of(f"from {parent} import {last}") == says)
            holds(row.old, row.old in there or text_of(f"import {parent} as m; m.{last}").startswith("AttributeError"))
        elif isinstance(row, Call):
            home, name = renames.home_of(row.of)
            holds(row.of, hasattr(getattr(home, name), "__wrapped__"))
            holds((row.of, "untouched"), row.change((1,), {"verbose": 1}) is None)
        elif isinstance(row, Places):
            home, name = renames.home_of(row.of)
            takes = inspect.signature(getattr(home, name)).parameters
            holds(row.of, all(name in takes for name in row.order))
    except Exception as error:
        faults.append(f"{row}: {type(error).__name__}: {error}")

# What the rows mean, by what they give.
from sklearn.cross_validation import (
    KFold,
    LabelKFold,
    LeaveOneLabelOut,
    LeaveOneOut,
    LeavePLabelOut,
    LeavePOut,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    cross_val_score,
    train_test_split,
)
from sklearn.externals import joblib
from sklearn.externals.six import StringIO
from sklearn.grid_search import GridSearchCV
from sklearn.lda import LDA
from sklearn.preprocessing import Imputer

fifths, groups = model_selection.StratifiedKFold(5, shuffle=True, random_state=1), np.arange(150) % 4
for old, new, number in (
    (KFold(n=150, n_folds=5), model_selection.KFold(5).split(X), 5),
    (StratifiedKFold(y=Y, n_folds=5, shuffle=True, random_state=1), fifths.split(X, Y), 5),
    (ShuffleSplit(150, n_iter=4, random_state=2), model_selection.ShuffleSplit(4, random_state=2).split(X), 4),
    (
        StratifiedShuffleSplit(Y, 2, test_size=0.3, random_state=0),
        model_selection.StratifiedShuffleSplit(2, test_size=0.3, random_state=0).split(X, Y),
        2,
    ),
    (LeaveOneOut(150), model_selection.LeaveOneOut().split(X), 150),
    (LeavePOut(4, p=2), model_selection.LeavePOut(2).split(X[:4]), 6),
    (LabelKFold(groups, n_folds=2), model_selection.GroupKFold(2).split(X, Y, groups), 2),
    (LeaveOneLabelOut(groups), model_selection.LeaveOneGroupOut().split(X, Y, groups), 4),
    (LeavePLabelOut(groups, p=2), model_selection.LeavePGroupsOut(2).split(X, Y, groups), 6),
):
    parts = list(new)
    for _ in range(2):  # it can be gone through again
        pairs = zip(old, parts, strict=True)
        same = [np.array_equal(a, c) and np.array_equal(b, d) for (a, b), (c, d) in pairs]
        holds(("folds", number), same == [True] * number == [True] * len(old))
holds("cv", len(cross_val_score(linear_model.Perceptron(), X, Y, cv=StratifiedKFold(Y, 4))) == 4)
holds("train_test_split", len(train_test_split(X, Y, random_state=0)) == 4)
holds("cross_val_score", len(cross_val_score(LDA(), X, Y, cv=KFold(150, 3))) == 3)
holds("joblib and six", hasattr(joblib, "dump") and StringIO("a").read() == "a")
holds("np.int", int is int and float is float and np.array([1.5]).astype(int)[0] == 1)
holds("Imputer", Imputer(strategy="mean").fit_transform([[1.0], [np.nan]])[1, 0] == 1.0)
TABLE = np.array([[600, 2, 1], [700, 0, 0], [500, 1, 1]], dtype=object)
SOME = [[0, 0, 1, 600, 1], [1, 0, 0, 700, 0], [0, 1, 0, 500, 1]]
for columns in ([1], [False, True, False], np.array([1])):
    some = preprocessing.OneHotEncoder(categorical_features=columns)
    holds("categorical_features", some.fit_transform(TABLE).toarray().tolist() == SOME)
    holds("categorical_features", some.transform(TABLE[:1]).toarray().tolist() == SOME[:1])
some = preprocessing.OneHotEncoder("auto", [1], sparse=False)
holds("categorical_features", some.fit_transform(pd.DataFrame(TABLE)).tolist() == SOME)
for every in ("all", None):
    holds(
        "categorical_features", preprocessing.OneHotEncoder(categorical_features=every).fit(TABLE).n_features_in_ == 3
    )
holds("sparse", preprocessing.OneHotEncoder(sparse=False).fit_transform([[0], [1]]).tolist() == [[1, 0], [0, 1]])
holds("random_state", model_selection.KFold(n_splits=3, random_state=7).random_state is None)
holds("shuffled", model_selection.KFold(n_splits=3, shuffle=True, random_state=7).random_state == 7)
forest = sklearn.ensemble.RandomForestClassifier(n_estimators=5, max_features="auto", random_state=0).fit(X, Y)
plain = sklearn.ensemble.RandomForestClassifier(n_estimators=5, random_state=0).fit(X, Y)
holds("max_features", np.array_equal(forest.predict_proba(X), plain.predict_proba(X)))
grid = GridSearchCV(plain, {"max_features": ["auto", 2], "n_estimators": [2]}, iid=False, cv=2).fit(X, Y)
holds("grid", grid.best_score_ > 0.5)
boosted = sklearn.ensemble.AdaBoostClassifier(base_estimator=None, algorithm="SAMME", n_estimators=2).fit(X, Y)
holds("base_estimator", boosted.set_params(base_estimator=linear_model.Perceptron()).estimator is not None)
holds("passes", linear_model.SGDClassifier(loss="log", n_iter=3).fit(X, Y).n_iter_ == 3)
holds(
    "penalty", linear_model.LogisticRegression(penalty="none", multi_class="auto", max_iter=500).fit(X, Y).coef_.any()
)
rest = linear_model.LogisticRegression(solver="liblinear", multi_class="ovr", random_state=0)
each = OneVsRestClassifier(linear_model.LogisticRegression(solver="liblinear", random_state=0)).fit(X, Y)
holds("liblinear", np.allclose(rest.fit(X, Y).coef_, np.vstack([part.coef_ for part in each.estimators_])))
holds("squared", metrics.mean_squared_error([0, 0], [2, 2], squared=False) == 2.0)
holds("not squared", metrics.mean_squared_error([0, 0], [2, 2], squared=True) == 4.0)
frame = pd.DataFrame({"a": [1]}).append({"a": 2}, ignore_index=True)
holds("append", frame.as_matrix().tolist() == [[1], [2]] and [n for n, _ in frame.iteritems()] == ["a"])
plt.style.use("seaborn-whitegrid")
table = pd.DataFrame({"a": [2, 1], "b": ["x y", "z"]})
holds("drop", list(table.drop("b", 1)) == ["a"] and pd.concat([table, table], 1).shape == (2, 4))
holds("sort_values", table.sort_values("a", 0, False)["a"].tolist() == [2, 1])
holds("split", table["b"].str.split(" ", 1).tolist() == [["x", "y"], ["z"]])
holds("read_csv", list(pd.read_csv(StringIO("a;b\n1;2\n"), ";")) == ["a", "b"])
holds("C", linear_model.LogisticRegression("l2", False, 1e-4, 0.5).C == 0.5)
holds("RFE", feature_selection.RFE(linear_model.Perceptron(), 2).n_features_to_select == 2)
holds("labels", metrics.confusion_matrix(Y, Y, [1, 2]).shape == (2, 2))
holds("scoring", model_selection.GridSearchCV(plain, {"max_depth": [1]}, "f1_macro").scoring == "f1_macro")
try:
    linear_model.Ridge(0.5, True, False)
    faults.append("normalize stood where copy_X stands today")
except TypeError:
    pass

if FAMILY == "keras":
    import keras

    from mlprojects.keras import forward
    from mlprojects.keras.old_data import numbers

    holds("l", float(keras.regularizers.l2(l=0.5)(np.ones(2, "float32"))) == 1.0)
    mixed, marks = pd.DataFrame({"a": [1.5, 2.5], "b": [True, False]}), np.array([1, 0], dtype=object)
    plain, texts = mixed.astype(float).to_numpy(), np.array([["a"], ["b"]], dtype=object)
    for some in (mixed, mixed.to_numpy()):
        (given,), named = numbers((some,), {"y": marks, "validation_data": (some, marks)})
        holds("objects", np.array_equal(given, plain) and named["y"].dtype == "float32")
        holds("validation_data", np.array_equal(named["validation_data"][0], plain))
    holds("numbers", numbers((plain, marks.astype(int)), {"validation_data": (mixed.astype(float), plain)}) is None)
    holds("texts", numbers((texts,), {}) is None)
    model = keras.Sequential([keras.layers.Dense(1, name="numbers")])
    model.compile("sgd", "mse")
    model.fit(mixed.to_numpy(), marks, verbose=0)
    holds("predict", model.predict(mixed, verbose=0).shape == (2, 1))

    def gives_the_same(model, rows, asked):
        """What is given for rows without a function of the model is what predict gives; ``asked``: that is asked."""
        given = forward.outputs_of(model, rows)
        holds((model.name, "asked"), (model.predict_function is not None) == asked)
        for mine, theirs in zip(
            *([o] if isinstance(o, np.ndarray) else o for o in (given, model.predict(rows, verbose=0))), strict=True
        ):
            holds((model.name, "given"), isinstance(mine, np.ndarray) and np.allclose(mine, theirs, atol=1e-6))

    layer, images = keras.layers, np.random.default_rng(0).random((70, 6, 6, 1))
    entry = keras.Input((6, 6, 1))
    flat = layer.Flatten(name="flat")(layer.Conv2D(3, 2, activation="relu", name="conv")(entry))
    outs = [layer.Dense(2, activation="softmax", name="two")(flat), layer.Dense(1, name="single")(flat)]
    gives_the_same(keras.Model(entry, outs, name="outputs"), images, asked=False)
    forward.MOST_ROWS = 32  # three steps
    gives_the_same(keras.Model(entry, outs[0], name="steps"), images, asked=False)
    forward.MOST_ROWS = 8
    gives_the_same(keras.Model(entry, outs[0], name="many"), images, asked=True)
    normal = keras.Sequential([layer.BatchNormalization(name="b"), layer.Dropout(0.5, name="d")], name="normal")
    normal.build((32, 6, 6, 1))
    gives_the_same(normal, images, asked=False)
    stateful = keras.Input(batch_shape=(10, 6, 6))
    remembers = keras.Model(stateful, layer.LSTM(2, stateful=True, name="lstm")(stateful), name="remembers")
    holds("stateful", forward._rows_at_once(remembers, images[:10, ..., 0]) is None)
    history = keras.callbacks.History().history
    history["accuracy"] = [0.5]
    holds("acc", history["acc"] == [0.5] and "acc" not in history and type(history.__reduce__()[1][0]) is dict)
    try:
        history["val_acc"]
        faults.append("val_acc")
    except KeyError:
        pass
if "keras2" in tables:
    import tensorflow as tf
    from keras import backend, layers, optimizers

    name = layers.Dense(3).name
    holds("nothing was built before the script", name == "dense")
    tf_adam = tf.keras.optimizers.Adam
    holds("lr", round(float(tf_adam(lr=0.5).learning_rate), 3) == 0.5 and isinstance(tf_adam(lr=0.5), tf_adam))
    with_decay = tf_adam(lr=0.25, decay=0.5)
    holds("decay", isinstance(with_decay, tf.keras.optimizers.legacy.Adam) and float(with_decay.lr) == 0.25)
    holds("keras lr", round(float(optimizers.SGD(lr=0.5, decay=1e-6, momentum=0.9, nesterov=True).lr), 3) == 0.5)
    old = layers.Convolution2D(8, 3, 5, border_mode="same", subsample=(2, 2), init="he_normal", dim_ordering="tf")
    config = old.get_config()
    holds("Convolution2D", (config["kernel_size"], config["strides"], config["padding"]) == ((3, 5), (2, 2), "same"))
    holds("positions", layers.Conv2D(8, 3, 2).get_config()["strides"] == (2, 2))
    dense = layers.Dense(output_dim=4, init="zero", W_regularizer=keras.regularizers.l2(0.1), bias=False)
    holds("Dense", dense.units == 4 and not dense.use_bias and dense.kernel_regularizer is not None)
    holds("Embedding", layers.Embedding(9, output_dim=4, init="zero").output_dim == 4)
    holds("Dropout", layers.Dropout(p=0.25).rate == 0.25)
    holds("LSTM", layers.LSTM(output_dim=3, inner_activation="sigmoid", dropout_W=0.1, consume_less="cpu").units == 3)
    holds("BatchNormalization", layers.BatchNormalization(mode=0).axis == -1)
    given = keras.Input((4,))
    model = keras.models.Model(input=given, output=layers.Dense(3, activation="softmax")(layers.Dense(2)(given)))
    holds("Model", len(model.layers) == 3)
    holds("merge", keras2_names._merge([given, given], mode="concat").shape == (None, 8))
    backend.set_image_dim_ordering("th")
    holds("ordering", (backend.image_data_format(), backend.image_dim_ordering()) == ("channels_first", "th"))
    backend.set_image_dim_ordering("tf")
    model = keras.Sequential([layers.Dense(3, activation="softmax", input_dim=4)])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    folder = sys.argv[2]
    best = keras.callbacks.ModelCheckpoint(f"{folder}/{{val_acc:.2f}}.hdf5", monitor="val_acc", save_best_only=True)
    model.fit(X, Y, nb_epoch=2, verbose=0, validation_data=(X, Y), callbacks=[best])
    holds("checkpoint", list(Path(folder).glob("*.hdf5")))
    holds("nb_epoch", len(model.history.epoch) == 2)
    classes = model.predict_classes(X)
    holds("predict_classes", np.array_equal(classes, model.predict(X, verbose=0).argmax(axis=1)))
    holds("predict_proba", model.predict_proba(X).shape == (150, 3))

    def batches():
        """Give batches without end."""
        while True:
            yield X[:30], Y[:30]

    model.fit_generator(batches(), samples_per_epoch=60, nb_epoch=1, verbose=0)
    holds("samples_per_epoch", model.history.params["steps"] == 2)
    import tensorflow.python.keras as fork
    from tensorflow.python.keras.optimizers import SGD, Adam

    made = fork.models.Sequential([fork.layers.Dense(3, activation="softmax", input_dim=4)])
    made.compile(Adam(lr=0.01), "categorical_crossentropy")
    board = fork.callbacks.TensorBoard(log_dir=f"{folder}/logs")
    made.fit(X, fork.utils.to_categorical(Y), epochs=1, verbose=0, callbacks=[board])
    holds("optimizers of the fork", round(float(made.optimizer.lr), 3) == 0.01 and SGD(decay=0.1).decay == 0.1)
    holds("plot_model", keras.utils.plot_model(model, to_file=f"{folder}/model.png") is None)
    from keras.wrappers.scikit_learn import KerasClassifier

    def build():
        """Make a model, as the wrapper asks for one."""
        made = keras.Sequential([layers.Dense(3, activation="softmax", input_dim=4)])
        made.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        return made

    scores = cross_val_score(KerasClassifier(build, epochs=1, verbose=0), X, Y, cv=model_selection.StratifiedKFold(2))
    holds("KerasClassifier", len(scores) == 2)
if FAMILY == "keras":
    model = keras.Sequential([keras.layers.Dense(1, name="numbers")])
    model.compile("sgd", "mse")
    rows, targets = [[0.0, 1.0], [1.0, 0.0]], [0, 1]
    for x, y in ((np.array(rows), targets), (rows, np.array(targets)), (rows, targets)):
        fitted = model.fit(x, y, epochs=2, verbose=0, validation_data=(np.array(rows), targets))
        holds("lists", len(fitted.history["val_loss"]) == 2 and model.evaluate(x=x, y=y, verbose=0) >= 0)
print("\n".join(f"FAULT {fault}" for fault in faults), end="")
