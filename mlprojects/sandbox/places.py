"""Arguments that scikit-learn and pandas once took by place, and today by name only."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from mlprojects.sandbox import renames
from mlprojects.sandbox.renames import Places

_MODULES = (
    "cluster", "datasets", "decomposition", "discriminant_analysis", "ensemble", "feature_extraction.text",
    "feature_selection", "impute", "linear_model", "manifold", "metrics", "mixture", "model_selection", "naive_bayes",
    "neighbors", "neural_network", "preprocessing", "svm", "tree",
)  # fmt: skip
_PANDAS = {
    "pandas": ("concat", "read_csv", "read_excel", "read_table"),
    "pandas.DataFrame": (
        "any", "drop", "drop_duplicates", "dropna", "fillna", "reset_index", "set_axis", "set_index", "sort_index",
        "sort_values", "to_csv",
    ),
    "pandas.Series": ("drop", "drop_duplicates", "fillna", "reset_index", "sort_index", "sort_values", "to_csv"),
    "pandas.core.strings.accessor.StringMethods": ("rsplit", "split"),
}  # fmt: skip
_MOST = 2
"""So many after those that are still taken by place stand where they stood (scikit-learn 0.22, pandas 1.5)."""
_FEWER = {
    "ARDRegression": 0, "AgglomerativeClustering": 1, "BayesianRidge": 0, "FeatureAgglomeration": 1,
    "HistGradientBoostingRegressor": 1, "Isomap": 1, "Lasso": 2, "LassoCV": 1, "LinearRegression": 1,
    "LogisticRegressionCV": 1, "MDS": 1, "MLPRegressor": 0, "MiniBatchDictionaryLearning": 2, "MultiTaskLasso": 2,
    "MultiTaskLassoCV": 1, "QuadraticDiscriminantAnalysis": 0, "Ridge": 2, "RidgeClassifier": 2,
    "RidgeClassifierCV": 2, "TheilSenRegressor": 1, "export_text": 2, "hamming_loss": 2, "k_means": 2, "log_loss": 2,
    "make_scorer": 1, "make_sparse_spd_matrix": 0, "set_axis": 2,
}  # fmt: skip
"""How many places agree, where others were put between them or taken out."""
_OTHERS = {
    "sklearn.linear_model.LogisticRegression.__init__": ("penalty", "dual", "tol", "C", "fit_intercept"),
    "sklearn.naive_bayes.BernoulliNB.__init__": ("alpha", "binarize", "fit_prior", "class_prior"),
    "sklearn.naive_bayes.ComplementNB.__init__": ("alpha", "fit_prior", "class_prior"),
    "sklearn.naive_bayes.MultinomialNB.__init__": ("alpha", "fit_prior", "class_prior"),
    "pandas.DataFrame.pivot": ("index", "columns", "values"),
}
"""The order in which they were taken, where it is another one today."""


def rows() -> list[Places]:
    """One row for each function, method and estimator that takes fewer arguments by place than it did."""
    found = dict(_OTHERS)
    for name in _MODULES:
        module = importlib.import_module(f"sklearn.{name}")
        for public in getattr(module, "__all__", ()):
            thing = vars(module).get(public)
            if inspect.isclass(thing) and "__init__" in vars(thing):
                found.setdefault(f"{thing.__module__}.{public}.__init__", tuple(_order(thing.__init__, public))[1:])
            elif inspect.isfunction(thing):
                found.setdefault(f"{module.__name__}.{public}", tuple(_order(thing, public)))
    for home, names in _PANDAS.items():
        for name in names:
            dotted = f"{home}.{name}"
            holder, _ = renames.home_of(dotted)
            order = tuple(_order(getattr(holder, name), name))
            found[dotted] = order[1:] if order[0] == "self" else order
    return [Places(dotted, order) for dotted, order in found.items() if order]


def _order(call: Callable[..., Any], name: str) -> Iterator[str]:
    """The names that were taken by place; none where no more are than today."""
    parameters = list(inspect.signature(call).parameters.values())
    by_place = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    by_name = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) or not by_name:
        return
    own = len(by_place) - (by_place[:1] == ["self"])
    more = min(_FEWER.get(name, own + _MOST) - own, _MOST)
    if more > 0:
        yield from [*by_place, *by_name[:more]]
