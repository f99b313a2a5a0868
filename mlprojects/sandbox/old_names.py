"""What scikit-learn, NumPy, pandas, SciPy and Matplotlib have dropped; see :mod:`mlprojects.sandbox.renames`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import sklearn.cluster
import sklearn.ensemble
import sklearn.feature_extraction.text
import sklearn.linear_model
import sklearn.manifold
import sklearn.mixture
import sklearn.svm
import sklearn.tree
from sklearn import discriminant_analysis, impute, metrics, model_selection, preprocessing
from sklearn.base import is_classifier

from mlprojects.sandbox import liblinear, old_encoder, old_folds, old_index, places, renames
from mlprojects.sandbox.renames import Arguments, Call, Gone, Module, Name, Row, renamed

_IMAGE = "use PIL.Image or imageio"
_NUMPY = {
    "int": int, "float": float, "bool": bool, "object": object, "str": str, "complex": complex, "long": int,
    "unicode": str, "float_": np.float64, "complex_": np.complex128, "string_": np.bytes_, "unicode_": np.str_,
    "NaN": np.nan, "NAN": np.nan, "Inf": np.inf, "Infinity": np.inf, "infty": np.inf, "PINF": np.inf,
    "NINF": -np.inf, "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all, "sometrue": np.any,
    "round_": np.round, "row_stack": np.vstack, "mat": np.asmatrix,
}  # fmt: skip
_PRIVATE_HOMES = {
    "sklearn.ensemble": ("forest", "bagging", "gradient_boosting", "weight_boosting", "voting", "voting_classifier"),
    "sklearn.linear_model": ("logistic", "stochastic_gradient", "ridge", "perceptron", "coordinate_descent", "base"),
    "sklearn.neighbors": ("classification", "regression", "unsupervised"),
    "sklearn.svm": ("classes",),
    "sklearn.tree": ("tree",),
    "sklearn.metrics": ("classification", "ranking", "regression", "scorer"),
    "sklearn.preprocessing": ("data", "label"),
    "sklearn.datasets": ("samples_generator", "base"),
    "sklearn.decomposition": ("pca",),
    "sklearn.neural_network": ("multilayer_perceptron",),
    "sklearn.cluster": ("k_means_",),
    "sklearn.feature_selection": ("from_model", "univariate_selection", "rfe"),
}


def _imputer(
    missing_values: Any = "NaN", strategy: str = "mean", axis: int = 0, verbose: int = 0, copy: bool = True
) -> Any:
    """``sklearn.preprocessing.Imputer``."""
    del verbose
    if axis != 0:
        raise ValueError("Imputer(axis=1) is gone: sklearn.impute.SimpleImputer replaced it, which fills columns only")
    missing = np.nan if missing_values == "NaN" else missing_values
    return impute.SimpleImputer(missing_values=missing, strategy=strategy, copy=copy)


def _display(kind: Any) -> Callable[..., Any]:
    def plot(estimator: Any, X: Any, y_true: Any = None, **options: Any) -> Any:  # noqa: N803 - scikit-learn's name
        return kind.from_estimator(estimator, X, options.pop("y", y_true), **options)

    return plot


def _revalued(keyword: str, **values: Any) -> Callable[[tuple[Any, ...], dict[str, Any]], Arguments | None]:
    """A keyword whose values have other names today."""

    def change(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
        value = given.get(keyword)
        if not isinstance(value, str) or value not in values:
            return None
        return args, {**given, keyword: values[value]}

    return change


INSTEAD = {
    "algorithm": "AdaBoostClassifier does what 'SAMME' did; leave it out",
    "multi_class": "OneVsRestClassifier(LogisticRegression(...)) replaced 'ovr'; else leave it out",
    "normalize": "make_pipeline(StandardScaler(), ...) replaced it",
    "min_impurity_split": "min_impurity_decrease replaced it",
}
"""What to write for a keyword that is gone, where its value asked for what is not done today."""


def _dropped(**harmless: tuple[Any, ...]) -> Callable[[tuple[Any, ...], dict[str, Any]], Arguments | None]:
    """Keywords that are gone, with the values that asked for what happens today anyway (empty: any value)."""

    def change(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
        kept = {name: value for name, value in given.items() if name not in harmless or not _is(value, harmless[name])}
        for name in kept.keys() & harmless.keys() & INSTEAD.keys():
            raise TypeError(f"{name}={kept[name]!r} is gone: {INSTEAD[name]}")
        return None if len(kept) == len(given) else (args, kept)

    return change


def _is(value: Any, harmless: tuple[Any, ...]) -> bool:
    return not harmless or any(value is other or (isinstance(value, str) and value == other) for other in harmless)


def _passes(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
    """``n_iter``: so many passes, whatever the loss does."""
    if "n_iter" not in given:
        return None
    passes = given.pop("n_iter")
    return args, {**given, "max_iter": passes, "tol": None}


def _one_class_a_row(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
    """``multi_class``: liblinear has always had one class against the rest, the others are multinomial."""
    one_against_rest = given.get("solver") == "liblinear"
    return _dropped(multi_class=("auto", "warn", "ovr") if one_against_rest else ("auto", "warn", "multinomial"))(
        args, given
    )


def _unshuffled(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
    """``random_state`` without ``shuffle`` had no effect; today it is an error."""
    if args[1:] or given.get("shuffle") or given.get("random_state") is None:
        return None
    return args, {name: value for name, value in given.items() if name != "random_state"}


def _appended(frame: pd.DataFrame, other: Any, ignore_index: bool = False, **options: Any) -> pd.DataFrame:
    """``DataFrame.append``."""
    if isinstance(other, dict):
        other = pd.Series(other)
    if isinstance(other, pd.Series):
        other = other.to_frame().T.infer_objects()
    others = other if isinstance(other, list) else [other]
    return pd.concat([frame, *others], ignore_index=ignore_index, **options)


def _feature_names(vectorizer: Any) -> list[str]:
    names: list[str] = vectorizer.get_feature_names_out().tolist()
    return names


def _on(method: str, change: Callable[..., Arguments | None], *classes: type) -> list[Row]:
    """One row for each class."""
    return [Call(f"{cls.__module__}.{cls.__qualname__}.{method}", change) for cls in classes]


def _parameters(change: Callable[..., Arguments | None], *classes: type) -> list[Row]:
    """Parameters of estimators are given when they are made, or set later (by a grid search)."""
    return [row for method in ("__init__", "set_params") for row in _on(method, change, *classes)]


def _estimators(suffix: str, *packages: Any) -> list[type]:
    return [getattr(package, name) for package in packages for name in package.__all__ if name.endswith(suffix)]


_TREES = [*_estimators("TreeClassifier", sklearn.tree), sklearn.ensemble.RandomForestClassifier,
          sklearn.ensemble.ExtraTreesClassifier]  # fmt: skip
_REGRESSION_TREES = [*_estimators("TreeRegressor", sklearn.tree), sklearn.ensemble.RandomForestRegressor,
                     sklearn.ensemble.ExtraTreesRegressor]  # fmt: skip
_BOOSTING = (sklearn.ensemble.AdaBoostClassifier, sklearn.ensemble.AdaBoostRegressor)
_BAGGING = (sklearn.ensemble.BaggingClassifier, sklearn.ensemble.BaggingRegressor)
assert all(is_classifier(cls()) for cls in _TREES)

MODULES: list[Row] = [
    Module("sklearn.cross_validation", ("sklearn.model_selection",), {
        **old_folds.NAMES,
        "Bootstrap": "sklearn.utils.resample replaced it",
    }),
    Module("sklearn.grid_search", ("sklearn.model_selection",)),
    Module("sklearn.learning_curve", ("sklearn.model_selection",)),
    Module("sklearn.externals.joblib", ("joblib",)),
    Module("sklearn.externals.six", ("io",), {"string_types": (str,), "integer_types": (int,), "text_type": str}),
    Module("sklearn.lda", (), {"LDA": discriminant_analysis.LinearDiscriminantAnalysis}),
    Module("sklearn.qda", (), {"QDA": discriminant_analysis.QuadraticDiscriminantAnalysis}),
    Module("sklearn.preprocessing.imputation", (), {"Imputer": _imputer}),
    Module("sklearn.feature_extraction.stop_words", ("sklearn.feature_extraction.text",)),
    Module("pandas.tools.plotting", ("pandas.plotting",)),
    Module("pandas.tools", ()),
    *(Module(f"{home}.{name}", (home,)) for home, names in _PRIVATE_HOMES.items() for name in names),
]  # fmt: skip
NAMES: list[Row] = [
    *(Name(f"numpy.{old}", new) for old, new in _NUMPY.items()),
    Name("numpy.in1d", lambda ar1, ar2, **options: np.isin(np.ravel(ar1), ar2, **options)),
    Name("numpy.trapz", getattr(np, "trapezoid", None) or getattr(np, "trapz", None)),
    Name("scipy.interp", np.interp),
    Name("sklearn.preprocessing.Imputer", _imputer),
    Name("sklearn.metrics.plot_confusion_matrix", _display(metrics.ConfusionMatrixDisplay)),
    Name("sklearn.metrics.plot_roc_curve", _display(metrics.RocCurveDisplay)),
    Name("sklearn.metrics.plot_precision_recall_curve", _display(metrics.PrecisionRecallDisplay)),
    Name("sklearn.feature_extraction.text.CountVectorizer.get_feature_names", _feature_names),
    Name("sklearn.feature_extraction.DictVectorizer.get_feature_names", _feature_names),
    Name("sklearn.preprocessing.PolynomialFeatures.get_feature_names", _feature_names),
    Name(
        "pandas.DataFrame.as_matrix",
        lambda frame, columns=None: frame.to_numpy() if columns is None else frame[columns].to_numpy(),
    ),
    Name("pandas.DataFrame.iteritems", pd.DataFrame.items),
    Name("pandas.Series.iteritems", pd.Series.items),
    Name("pandas.DataFrame.append", _appended),
    *(Name(f"pandas.{kind}.ix", property(old_index.Ix)) for kind in ("DataFrame", "Series")),
]
REASONS: list[Row] = [
    Gone("sklearn.datasets.load_boston", "sklearn.datasets.fetch_california_housing or load_diabetes replaced it"),
    Gone("sklearn.datasets.fetch_mldata", "mldata.org is no more, sklearn.datasets.fetch_openml replaced it"),
    Gone(
        "sklearn.metrics.jaccard_similarity_score", "for one label a row it was accuracy_score, else use jaccard_score"
    ),
    Gone("sklearn.mixture.GMM", "sklearn.mixture.GaussianMixture replaced it"),
    Gone("sklearn.decomposition.RandomizedPCA", "PCA(svd_solver='randomized') replaced it"),
    Gone("sklearn.preprocessing.CategoricalEncoder", "OneHotEncoder or OrdinalEncoder replaced it"),
    Gone("pandas.Panel", "a DataFrame with a MultiIndex replaced it"),
    *(Gone(f"scipy.misc.{name}", _IMAGE) for name in ("imread", "imresize", "imsave", "toimage", "imrotate")),
]
CALLS: list[Row] = [
    *_parameters(renamed(sparse="sparse_output"), preprocessing.OneHotEncoder),
    *_parameters(_dropped(categorical_features=("all", None), n_values=("auto", None)), preprocessing.OneHotEncoder),
    *_parameters(renamed(base_estimator="estimator"), *_BOOSTING, *_BAGGING),
    *_parameters(_dropped(algorithm=("SAMME",)), sklearn.ensemble.AdaBoostClassifier),
    *_parameters(_revalued("max_features", auto="sqrt"), *_TREES),
    *_parameters(_revalued("max_features", auto=1.0), *_REGRESSION_TREES),
    *_parameters(_revalued("criterion", mse="squared_error", mae="absolute_error"), *_REGRESSION_TREES),
    *_parameters(_dropped(presort=(), min_impurity_split=(None,)), *_TREES, *_REGRESSION_TREES),
    *_parameters(_revalued("loss", deviance="log_loss"), sklearn.ensemble.GradientBoostingClassifier),
    *_parameters(
        _revalued("loss", ls="squared_error", lad="absolute_error"), sklearn.ensemble.GradientBoostingRegressor
    ),
    *_parameters(_revalued("loss", log="log_loss"), sklearn.linear_model.SGDClassifier),
    *_parameters(_passes, sklearn.linear_model.SGDClassifier, sklearn.linear_model.Perceptron),
    *_parameters(_revalued("penalty", none=None), sklearn.linear_model.LogisticRegression),
    *_parameters(_revalued("solver", warn="liblinear"), sklearn.linear_model.LogisticRegression),
    *_parameters(_one_class_a_row, sklearn.linear_model.LogisticRegression),
    *_parameters(_revalued("gamma", auto_deprecated="auto"), sklearn.svm.SVC, sklearn.svm.SVR),
    *_parameters(_dropped(normalize=(False,)), sklearn.linear_model.LinearRegression, sklearn.linear_model.Ridge),
    *_parameters(_dropped(n_jobs=(), precompute_distances=()), sklearn.cluster.KMeans),
    *_parameters(renamed(n_iter="max_iter"), sklearn.manifold.TSNE),
    Call("sklearn.metrics.mean_squared_error", _dropped(squared=(True,))),
    Call("sklearn.metrics.mean_squared_error", _dropped(squared=(False,)), "sklearn.metrics.root_mean_squared_error"),
    *_on("__init__", _unshuffled, model_selection.KFold, model_selection.StratifiedKFold),
    *_on("__init__", _dropped(iid=()), model_selection.GridSearchCV, model_selection.RandomizedSearchCV),
]
ROWS: list[Row] = [*MODULES, *NAMES, *REASONS, *CALLS, *places.rows()]


def beneath() -> None:
    """Give methods back what they did, before the family's wrappers are put about them."""
    liblinear.install()


def install(family: str) -> None:
    """Make the old names of what scripts of a family import work, before a script runs.

    Here last: what the family's wrappers stand about is called by its new names.
    """
    renames.install(ROWS)
    old_encoder.install()
    _styles()
    if family == "keras":
        importlib.import_module("mlprojects.keras.old_names").install()


def _styles() -> None:
    """Matplotlib's styles named after seaborn, under the names that they had."""
    library = plt.style.library
    for name in [name for name in library if name.startswith("seaborn-v0_8")]:
        library.setdefault(name.replace("-v0_8", ""), library[name])
