"""The table of knobs: read by the space (outside), the wrappers (inside) and the documentation.

Inside decides which knobs fit the model found and reports each with its *written* value, the one the
script has. Outside joins that with this table to get the values worth trying.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlprojects.contract.trial import KnobValue, Tweak


@dataclass(frozen=True)
class Choice:
    """One of a few values; the written value is always one of them."""

    values: tuple[KnobValue, ...]

    def describe(self) -> str:
        """The domain in words, for the documentation."""
        return ", ".join(str(value) for value in self.values)


@dataclass(frozen=True)
class Multiples:
    """The written whole number times each factor, kept within ``low`` and ``high``."""

    factors: tuple[float, ...]
    low: int = 1
    high: int = 1000

    def describe(self) -> str:
        """The domain in words, for the documentation."""
        factors = ", ".join(f"{factor:g}" for factor in self.factors)
        return f"as written × {factors} (from {self.low} to {self.high})"


@dataclass(frozen=True)
class Steps:
    """The written whole number plus 0, 1, ... up to ``more``: layers are added, never taken away."""

    more: int

    def describe(self) -> str:
        """The domain in words, for the documentation."""
        return f"as written, up to {self.more} more"


@dataclass(frozen=True)
class LogRange:
    """A real number between ``low`` and ``high``, uniform in its logarithm."""

    low: float
    high: float

    def describe(self) -> str:
        """The domain in words, for the documentation."""
        return f"{self.low:g} to {self.high:g} (logarithmic)"


Domain = Choice | Multiples | Steps | LogRange


@dataclass(frozen=True)
class Knob:
    """One thing that can be turned.

    ``owners`` are the scikit-learn classes that have it, () any model of the family. ``parent`` names a
    knob that must be above zero for this one to have an effect. ``ladder`` holds what a person would try
    first, one at a time, knobs with a lower ``rung`` before those with a higher: values of a Choice or a
    LogRange, factors of Multiples, increments of Steps.
    """

    name: str
    family: str
    domain: Domain
    doc: str
    owners: tuple[str, ...] = ()
    parent: str | None = None
    rung: int = 99
    ladder: tuple[KnobValue, ...] = ()


SCALERS = ("none", "standard", "minmax", "robust", "maxabs")

_FOREST = ("RandomForestClassifier", "ExtraTreesClassifier", "RandomForestRegressor", "ExtraTreesRegressor")
_TREES = ("DecisionTreeClassifier", "ExtraTreeClassifier", "DecisionTreeRegressor", "ExtraTreeRegressor")
_CLASSIFYING_TREES = tuple(name for name in (*_TREES, *_FOREST) if name.endswith("Classifier"))
_BOOST = ("GradientBoostingClassifier", "GradientBoostingRegressor")
_HIST = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
_ADA = ("AdaBoostClassifier", "AdaBoostRegressor")
_BAGGING = ("BaggingClassifier", "BaggingRegressor")
_SVM = ("SVC", "SVR", "NuSVC", "NuSVR")
_AGGRESSIVE = ("PassiveAggressiveClassifier", "PassiveAggressiveRegressor")
_WITH_C = ("SVC", "SVR", "NuSVR", *_AGGRESSIVE)
_LINEAR = ("LogisticRegression", "LinearSVC", "LinearSVR")
_NB = ("MultinomialNB", "BernoulliNB", "ComplementNB", "CategoricalNB")
_SGD = ("SGDClassifier", "SGDRegressor")
_NEIGHBORS = ("KNeighborsClassifier", "KNeighborsRegressor")
_RADIUS = ("RadiusNeighborsClassifier", "RadiusNeighborsRegressor")
_LABELS = ("LabelPropagation", "LabelSpreading")
_MLP = ("MLPClassifier", "MLPRegressor")
_RIDGE = ("RidgeClassifier", "Ridge", "KernelRidge")
_LASSO = ("Lasso", "ElasticNet", "LassoLars", "MultiTaskLasso", "MultiTaskElasticNet")
_GENERAL = ("PoissonRegressor", "GammaRegressor", "TweedieRegressor", "HuberRegressor", "QuantileRegressor")
_VOTING = ("VotingClassifier",)
_STACKING = ("StackingClassifier", "StackingRegressor")
_TEXT = ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer")
_COUNTED = ("CountVectorizer", "TfidfVectorizer")
_WEIGHING = (*_CLASSIFYING_TREES, "HistGradientBoostingClassifier", "LogisticRegression", "LogisticRegressionCV",
             "SVC", "NuSVC", "LinearSVC", "RidgeClassifier", "SGDClassifier", "Perceptron",
             "PassiveAggressiveClassifier")  # fmt: skip

KNOBS: tuple[Knob, ...] = (
    # Keras
    Knob("scaler", "keras", Choice(("none", "standard", "minmax")), rung=1, ladder=("standard",),
         doc="Input scaling, as the model's own first layer, fitted on the training rows."),
    Knob("early_stopping", "keras", Choice(("on", "off")), rung=2, ladder=("off",),
         doc="Whether a callback may end the training before its last epoch."),
    Knob("epochs", "keras", Multiples((1, 2, 4, 8, 16, 32), high=500), rung=3, ladder=(4,),
         doc="Passes over the training rows; a schedule of the learning rate is stretched with them."),
    Knob("optimizer", "keras", Choice(("adam",)), rung=4, ladder=("adam",),
         doc="Adam in place of another optimizer of Keras, with its learning rate or schedule."),
    Knob("learning_rate", "keras", LogRange(1e-4, 1e-1), rung=5, ladder=(0.01, 0.001),
         doc="Step size of the optimizer, where no schedule or callback owns it."),
    Knob("dense_layers", "keras", Steps(2), rung=6, ladder=(1,),
         doc="Hidden dense layers; new ones stand before the output layer."),
    Knob("units", "keras", Choice((16, 32, 64, 128, 256)), parent="dense_layers", rung=9, ladder=(128,),
         doc="Neurons of the first hidden dense layer; later ones keep their ratio to it, none is "
             "narrower than the output layer."),
    Knob("dropout", "keras", Choice((0.0, 0.1, 0.25, 0.5)), parent="dense_layers", rung=12, ladder=(0.0,),
         doc="Rate of the dropout after each hidden dense layer."),
    Knob("regularization", "keras", Choice((0.0, 0.0001, 0.001)), rung=13, ladder=(0.0,),
         doc="Strength of the script's strongest L1 or L2 penalty on a layer; others keep their ratio to it."),
    Knob("recurrent_units", "keras", Choice((16, 32, 64, 128)), rung=10, ladder=(64,),
         doc="Units of the first LSTM, GRU or SimpleRNN; later ones keep their ratio to it."),
    Knob("conv_layers", "keras", Steps(2), rung=7, ladder=(1,),
         doc="Convolutions; new ones stand after the last one, padded so that any size fits."),
    Knob("filters", "keras", Choice((8, 16, 32, 64)), parent="conv_layers", rung=8, ladder=(32,),
         doc="Filters of the first convolution; later ones keep their ratio to it."),
    Knob("kernel_size", "keras", Choice((2, 3, 5)), parent="conv_layers",
         doc="Edge of the kernel of every convolution, in pixels."),
    Knob("strides", "keras", Choice((1, 2)), parent="conv_layers", rung=11, ladder=(1,),
         doc="Step of the first convolution, in pixels."),
    Knob("batch_size", "keras", Choice((16, 32, 64, 128)), rung=14, ladder=(16,),
         doc="Rows per gradient step."),
    # scikit-learn, any estimator
    Knob("scaler", "sklearn", Choice(SCALERS), rung=1, ladder=("standard", "minmax"),
         doc="Scaling of the features in front of the estimator."),
    # Steps of a Pipeline
    Knob("n_components", "sklearn", Choice((None, 2, 3, 5, 10, 20, 50, 100)), rung=2, ladder=(None, 20, 50),
         owners=("PCA", "TruncatedSVD", "PLSRegression"), doc="Directions that are kept; None keeps all."),
    Knob("k", "sklearn", Choice(("all", 2, 5, 10, 20, 50, 100, 500)), rung=2, ladder=("all", 20),
         owners=("SelectKBest",), doc="Features that are kept."),
    Knob("percentile", "sklearn", Choice((10, 25, 50, 75, 100)), rung=2, ladder=(100, 50),
         owners=("SelectPercentile",), doc="Share of the features that is kept."),
    Knob("degree", "sklearn", Choice((1, 2, 3)), rung=2, ladder=(2,), owners=("PolynomialFeatures",),
         doc="Most features that are multiplied with each other."),
    Knob("ngram_range", "sklearn", Choice(("1,1", "1,2", "1,3")), rung=3, ladder=("1,2",), owners=_TEXT,
         doc="Words (or characters) in a row that count as one feature: fewest, most."),
    Knob("min_df", "sklearn", Choice((1, 2, 5)), rung=2, ladder=(1,), owners=_COUNTED,
         doc="Texts that a word must be in to count."),
    Knob("max_df", "sklearn", Choice((0.5, 0.9, 1.0)), rung=2, ladder=(1.0,), owners=_COUNTED,
         doc="Share of the texts beyond which a word no longer counts."),
    Knob("max_features", "sklearn", Choice((None, 1000, 5000, 20000)), rung=2, ladder=(None,), owners=_COUNTED,
         doc="Commonest words that count; None counts all."),
    # Linear models and support vector machines
    Knob("C", "sklearn", LogRange(1e-2, 1e3), owners=(*_WITH_C, *_LINEAR), rung=2, ladder=(10.0, 100.0),
         doc="Inverse strength of the regularisation."),
    Knob("nu", "sklearn", Choice((0.05, 0.1, 0.2, 0.3, 0.5)), owners=("NuSVC", "NuSVR"), rung=2, ladder=(0.2, 0.05),
         doc="Share of the rows that may be on the wrong side."),
    Knob("kernel", "sklearn", Choice(("rbf", "linear", "poly")), owners=(*_SVM, "KernelRidge"), rung=3,
         ladder=("rbf", "linear"), doc="Kernel: how alike two rows are."),
    Knob("gamma", "sklearn", Choice(("scale", "auto", 0.001, 0.01, 0.1, 1.0)), owners=_SVM, rung=4,
         ladder=("scale",), doc="Width of the kernel."),
    Knob("gamma", "sklearn", Choice((None, 0.001, 0.01, 0.1, 1.0)), owners=("KernelRidge",), rung=4,
         ladder=(None,), doc="Width of the kernel; None is one over the number of features."),
    Knob("epsilon", "sklearn", LogRange(1e-3, 1.0), owners=("SVR", "LinearSVR"), rung=5, ladder=(0.1, 0.01),
         doc="Error that is not counted."),
    Knob("max_iter", "sklearn", Multiples((1, 2, 5, 10, 100), high=5000), rung=4, ladder=(5, 100),
         owners=(*_LINEAR, *_SGD, *_MLP, *_AGGRESSIVE, *_SVM, *_GENERAL[:4], "Perceptron", "LogisticRegressionCV"),
         doc="Bound on the solver's iterations (epochs of an MLP)."),
    Knob("alpha", "sklearn", LogRange(1e-6, 1e-1), owners=(*_MLP, *_SGD, "Perceptron"), rung=5, ladder=(1e-4,),
         doc="Strength of the regularisation."),
    Knob("alpha", "sklearn", LogRange(1e-3, 1e3), owners=_RIDGE, rung=2, ladder=(1.0,),
         doc="Strength of the regularisation."),
    Knob("alpha", "sklearn", LogRange(1e-4, 1e2), owners=_LASSO, rung=2, ladder=(0.1, 0.01),
         doc="Strength of the regularisation."),
    Knob("alpha", "sklearn", LogRange(1e-5, 1e1), owners=_GENERAL, rung=2, ladder=(0.01, 1e-4),
         doc="Strength of the regularisation."),
    Knob("l1_ratio", "sklearn", Choice((0.1, 0.5, 0.9)), owners=("ElasticNet", "MultiTaskElasticNet"),
         doc="Share of the L1 part in the regularisation."),
    Knob("learning_rate", "sklearn", Choice(("optimal", "invscaling", "adaptive")), owners=("SGDClassifier",), rung=3,
         ladder=("optimal",), doc="How the step size changes."),
    Knob("eta0", "sklearn", LogRange(1e-4, 1.0), owners=_SGD, rung=6, ladder=(0.01,),
         doc="First step size, where the learning rate is not optimal."),
    Knob("average", "sklearn", Choice((False, True)), owners=(*_SGD, *_AGGRESSIVE), rung=7, ladder=(True,),
         doc="Whether the weights of all steps are averaged."),
    # Neighbours
    Knob("n_neighbors", "sklearn", Choice((1, 3, 5, 7, 11, 15, 25)), owners=(*_NEIGHBORS, *_LABELS), rung=2,
         ladder=(5, 3), doc="Neighbours that vote."),
    Knob("radius", "sklearn", LogRange(1e-1, 1e2), owners=_RADIUS, rung=2, ladder=(1.0, 3.0, 10.0),
         doc="Distance within which neighbours vote."),
    Knob("weights", "sklearn", Choice(("uniform", "distance")), owners=(*_NEIGHBORS, *_RADIUS), rung=3,
         ladder=("distance",), doc="How the neighbours' votes are weighed."),
    Knob("p", "sklearn", Choice((1, 2)), owners=(*_NEIGHBORS, *_RADIUS), doc="1 Manhattan distance, 2 Euclidean."),
    Knob("metric", "sklearn", Choice(("euclidean", "manhattan")), owners=("NearestCentroid",), rung=3,
         ladder=("manhattan",), doc="Distance to a centroid."),
    Knob("shrink_threshold", "sklearn", Choice((None, 0.1, 0.5, 1.0)), owners=("NearestCentroid",), rung=2,
         ladder=(None, 0.5), doc="How far centroids are drawn to that of all rows."),
    Knob("kernel", "sklearn", Choice(("rbf", "knn")), owners=_LABELS, rung=3, ladder=("knn",),
         doc="What makes two rows neighbours."),
    Knob("gamma", "sklearn", LogRange(1e-3, 1e2), owners=_LABELS, rung=2, ladder=(1.0, 0.1),
         doc="Width of the kernel."),
    # Trees and ensembles
    Knob("n_estimators", "sklearn", Multiples((1, 3, 10, 100), high=500), rung=2, ladder=(10, 100),
         owners=(*_FOREST, *_BOOST, *_ADA, *_BAGGING), doc="Models of the ensemble."),
    Knob("max_iter", "sklearn", Multiples((0.5, 1, 2, 4, 10, 100), high=1000), owners=_HIST, rung=4, ladder=(4, 100),
         doc="Trees of the boosting."),
    Knob("max_depth", "sklearn", Choice((None, 3, 5, 8, 12, 20)), owners=(*_TREES, *_FOREST, *_HIST), rung=3,
         ladder=(None, 8), doc="Depth of a tree; None is unbounded."),
    Knob("max_depth", "sklearn", Choice((2, 3, 4, 6, 8)), owners=_BOOST, rung=3, ladder=(4,),
         doc="Depth of a tree."),
    Knob("max_leaf_nodes", "sklearn", Choice((None, 8, 31, 128)), owners=(*_TREES, *_FOREST, *_BOOST, *_HIST), rung=3,
         ladder=(None,), doc="Leaves of a tree; None is unbounded."),
    Knob("min_samples_leaf", "sklearn", Choice((1, 2, 5, 10, 20)), owners=(*_TREES, *_FOREST, *_BOOST, *_HIST), rung=4,
         ladder=(1,), doc="Fewest rows in a leaf."),
    Knob("min_samples_split", "sklearn", Choice((2, 5, 10, 20)), owners=(*_TREES, *_FOREST, *_BOOST), rung=4,
         ladder=(2,), doc="Fewest rows that are split."),
    Knob("ccp_alpha", "sklearn", Choice((0.0, 0.001, 0.01)), owners=(*_TREES, *_FOREST, *_BOOST), rung=4,
         ladder=(0.0,), doc="Strength of the pruning."),
    Knob("max_features", "sklearn", Choice((None, "sqrt", "log2")), owners=(*_TREES, *_FOREST, *_BOOST), rung=5,
         ladder=(None,), doc="Features looked at for a split."),
    Knob("max_samples", "sklearn", Choice((0.5, 0.8, 1.0)), owners=_BAGGING, rung=3, ladder=(1.0,),
         doc="Share of the rows that each model of the ensemble gets."),
    Knob("criterion", "sklearn", Choice(("gini", "entropy")), owners=_CLASSIFYING_TREES,
         doc="What a split improves."),
    Knob("subsample", "sklearn", Choice((0.5, 0.8, 1.0)), owners=_BOOST, rung=5, ladder=(0.8,),
         doc="Share of the rows that each tree gets."),
    Knob("learning_rate", "sklearn", LogRange(1e-2, 1.0), rung=2, ladder=(0.1,),
         owners=(*_BOOST, *_HIST, *_ADA), doc="Weight of each new tree."),
    Knob("voting", "sklearn", Choice(("hard", "soft")), owners=_VOTING, rung=3, ladder=("soft",),
         doc="Whether labels or probabilities are added up."),
    Knob("passthrough", "sklearn", Choice((False, True)), owners=_STACKING, rung=3, ladder=(True,),
         doc="Whether the last model sees the features as well."),
    # Neural networks
    Knob("hidden_layer_sizes", "sklearn", Choice(("50", "100", "200", "100,50", "200,100")), owners=_MLP,
         rung=2, ladder=("100", "200,100"), doc="Neurons of each hidden layer."),
    Knob("learning_rate_init", "sklearn", LogRange(1e-4, 1e-1), owners=_MLP, rung=3, ladder=(0.001, 0.01),
         doc="Step size of the optimizer."),
    Knob("activation", "sklearn", Choice(("relu", "tanh")), owners=_MLP, rung=5, ladder=("relu",),
         doc="Activation of the hidden layers."),
    Knob("solver", "sklearn", Choice(("adam", "lbfgs")), owners=_MLP, rung=5, ladder=("adam",),
         doc="Optimizer."),
    # Naive Bayes, discriminants, Gaussian processes
    Knob("alpha", "sklearn", LogRange(1e-3, 10.0), owners=_NB, rung=2, ladder=(0.1, 1.0),
         doc="Smoothing of the counts."),
    Knob("fit_prior", "sklearn", Choice((True, False)), owners=_NB, rung=3, ladder=(True, False),
         doc="Whether common classes are held to be likelier."),
    Knob("binarize", "sklearn", Choice((0.0, 0.25, 0.5, 1.0)), owners=("BernoulliNB",), rung=3, ladder=(0.0, 0.5),
         doc="Above it a feature counts as present."),
    Knob("var_smoothing", "sklearn", LogRange(1e-10, 1e-1), owners=("GaussianNB",), rung=2,
         ladder=(1e-9, 1e-3), doc="Share of the largest variance added to all."),
    Knob("shrinkage", "sklearn", Choice((None, "auto", 0.1, 0.5)), owners=("LinearDiscriminantAnalysis",), rung=2,
         ladder=("auto",), doc="How far the covariance is drawn to a plain one."),
    Knob("reg_param", "sklearn", LogRange(1e-4, 1.0), owners=("QuadraticDiscriminantAnalysis",), rung=2,
         ladder=(0.1, 0.01), doc="How far the covariances are drawn to a plain one."),
    Knob("n_restarts_optimizer", "sklearn", Choice((0, 2, 5)), rung=4, ladder=(2,),
         owners=("GaussianProcessClassifier", "GaussianProcessRegressor"), doc="Times that the kernel is sought anew."),
    Knob("alpha", "sklearn", LogRange(1e-10, 1.0), owners=("GaussianProcessRegressor",), rung=2, ladder=(1e-2,),
         doc="Noise of the values."),
    Knob("normalize_y", "sklearn", Choice((False, True)), owners=("GaussianProcessRegressor",), rung=2,
         ladder=(True,), doc="Whether the values are scaled."),
    Knob("class_weight", "sklearn", Choice((None, "balanced")), owners=_WEIGHING, rung=6,
         ladder=("balanced", None), doc="Whether rare classes weigh as much as common ones."),
)  # fmt: skip

ESTIMATORS: tuple[str, ...] = (
    "LogisticRegression",
    "SVC",
    "KNeighborsClassifier",
    "RandomForestClassifier",
    "ExtraTreesClassifier",
    "HistGradientBoostingClassifier",
)
"""Estimators that the owner may allow in place of the script's (``estimators:`` in autotweak.yaml)."""


def knobs_for(family: str, owner: str) -> dict[str, Knob]:
    """The knobs of a model, by name: those of any model of the family and those of class ``owner``.

    ``owner`` may be several classes, ``GridSearchCV > SVC``; of two rows for one knob the first class has it. The
    knobs of a class that the script has named, ``svm:SVC``, have that name in front: ``svm__C``.
    """
    table = {knob.name: knob for knob in KNOBS if knob.family == family and not knob.owners}
    for part in owner.split(" > "):
        name, _, cls = part.rpartition(":")
        rows = [knob for knob in KNOBS if knob.family == family and cls in knob.owners]
        for knob in rows:
            called = f"{name}__{knob.name}" if name else knob.name
            table.setdefault(called, replace(knob, name=called))
    order = {(knob.family, knob.doc, knob.owners): place for place, knob in enumerate(KNOBS)}
    return dict(sorted(table.items(), key=lambda row: order[row[1].family, row[1].doc, row[1].owners]))


def parse_knobs(pairs: Sequence[str]) -> Tweak:
    """A tweak from ``NAME=VALUE`` texts; the value ``written`` leaves the knob as the script has it.

    Raises:
        ValueError: a pair has no ``=``, or there is no such knob.
    """
    known = {knob.name for knob in KNOBS} | {"estimator"}
    tweak: Tweak = {}
    for pair in pairs:
        name, found, text = pair.partition("=")
        if not found or name.rpartition("__")[2] not in known:
            raise ValueError(f"{pair!r} is not NAME=VALUE with a knob: {', '.join(sorted(known))}")
        if text not in ("", "written"):
            tweak[name] = _value(text)
    return tweak


def _value(text: str) -> KnobValue:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None if text == "None" else text
