"""What stands inside an estimator: the ones that a tweak can turn, and the scalers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sklearn import ensemble, preprocessing, svm, tree
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline

from mlprojects.contract.knobs import KNOBS

SCALES: tuple[type, ...] = (
    preprocessing.StandardScaler,
    preprocessing.MinMaxScaler,
    preprocessing.RobustScaler,
    preprocessing.MaxAbsScaler,
    preprocessing.Normalizer,
    preprocessing.QuantileTransformer,
    preprocessing.PowerTransformer,
)
OWNERS = frozenset(owner for knob in KNOBS if knob.family == "sklearn" for owner in knob.owners)
SCALE_FREE = ("Tree", "Forest", "Boosting", "AdaBoost", "ExtraTrees", "Dummy")
"""Parts of the names of estimators to which scales mean nothing: a monotone change of a feature changes no split."""
INNER = ("estimator", "base_estimator", "regressor")
"""Parameters that hold the estimator which a wrapper (Bagging, OneVsRest, Calibrated...) is about."""
BY_DEFAULT: dict[type, BaseEstimator] = {
    ensemble.AdaBoostClassifier: tree.DecisionTreeClassifier(max_depth=1),
    ensemble.AdaBoostRegressor: tree.DecisionTreeRegressor(max_depth=3),
    ensemble.BaggingClassifier: tree.DecisionTreeClassifier(),
    ensemble.BaggingRegressor: tree.DecisionTreeRegressor(),
    CalibratedClassifierCV: svm.LinearSVC(),
}
"""What a wrapper wraps where the script does not say."""
MANY = (
    ensemble.VotingClassifier,
    ensemble.VotingRegressor,
    ensemble.StackingClassifier,
    ensemble.StackingRegressor,
)
"""Ensembles of estimators that the script names."""


@dataclass(frozen=True)
class Link:
    """One estimator inside another (or the outermost itself)."""

    estimator: BaseEstimator
    path: str
    """What ``set_params`` of the outermost calls it: "", "svc__", "estimator__svc__"."""
    taken: frozenset[str]
    """Paths, from the outermost, that a search over a grid turns itself."""
    member: str = ""
    """The name that tells it from its like beside it: of a voting model's estimator, of a column's transformer."""

    @property
    def name(self) -> str:
        """The class."""
        return type(self.estimator).__name__

    @property
    def title(self) -> str:
        """The class, with the name that its knobs have in front: ``svm:SVC``."""
        return f"{self.member}:{self.name}" if self.member else self.name

    def free(self, parameter: str) -> bool:
        """Whether no search of the script turns this parameter."""
        return f"{self.path}{parameter}" not in self.taken

    @property
    def whole(self) -> bool:
        """Whether the script's searches leave the estimator itself in its place."""
        return not any(self.path.startswith(f"{taken}__") for taken in self.taken)

    def below(self, name: str, estimator: Any, member: str = "") -> Link:
        """The link to what the parameter ``name`` holds."""
        return replace(self, estimator=estimator, path=f"{self.path}{name}__", member=member or self.member)


def links(model: BaseEstimator) -> list[Link]:
    """The estimators that have knobs, outermost first, each after those that it is made of; the one at the end last."""
    return list(_walk(Link(model, "", frozenset())))


def _walk(link: Link) -> Iterator[Link]:
    model = link.estimator
    if isinstance(model, Pipeline):
        for name, step in model.steps[:-1]:
            yield from _transformers(link.below(name, step))
        name, last = model.steps[-1]
        if isinstance(last, BaseEstimator):
            yield from _walk(link.below(name, last))
        return
    for name, member in members(model):
        yield from _walk(link.below(name, member, member=f"{link.member}__{name}" if link.member else name))
    yield link
    inner = inner_of(model)
    if inner is not None:
        name, estimator = inner
        if isinstance(model, BaseSearchCV):
            link = replace(link, taken=link.taken | {f"{link.path}{name}__{key}" for key in grid_keys(model)})
        yield from _walk(link.below(name, estimator))


def _transformers(link: Link) -> Iterator[Link]:
    """What a step in front of the estimator is made of: transformers with knobs."""
    step = link.estimator
    if isinstance(step, Pipeline):
        for name, inner in step.steps:
            yield from _transformers(link.below(name, inner))
    elif isinstance(step, FeatureUnion | ColumnTransformer):
        parts = step.transformer_list if isinstance(step, FeatureUnion) else step.transformers
        for name, part, *_ in parts:
            yield from _transformers(link.below(name, part, member=name))
    elif isinstance(step, BaseEstimator) and type(step).__name__ in OWNERS:
        yield link


def members(model: BaseEstimator) -> list[tuple[str, BaseEstimator]]:
    """The estimators of an ensemble of several that the script names, the one that has the last word last."""
    if not isinstance(model, MANY):
        return []
    named = [*model.estimators, ("final_estimator", getattr(model, "final_estimator", None))]
    return [(name, estimator) for name, estimator in named if isinstance(estimator, BaseEstimator)]


def inner_of(model: BaseEstimator) -> tuple[str, BaseEstimator] | None:
    """The parameter that holds the wrapped estimator, with it; None: it wraps none, or several."""
    params = model.get_params(deep=False)
    for name in INNER:
        if isinstance(params.get(name), BaseEstimator):
            return name, params[name]
    if type(model) in BY_DEFAULT and params.get("estimator") is None:
        return "estimator", BY_DEFAULT[type(model)]
    if type(model).__module__.startswith("sklearn."):
        return None
    held = [(n, v) for n, v in params.items() if isinstance(v, BaseEstimator) and hasattr(v, "predict")]
    return held[0] if len(held) == 1 else None


def spell_out(model: BaseEstimator) -> None:
    """Give every wrapper the estimator that it would wrap by default, so that its parameters can be set."""
    for link in links(model):
        if type(link.estimator) in BY_DEFAULT and link.estimator.get_params(deep=False).get("estimator") is None:
            link.estimator.set_params(estimator=clone(BY_DEFAULT[type(link.estimator)]))


def grid_keys(search: BaseSearchCV) -> set[str]:
    """The parameters that a search over a grid turns."""
    given = getattr(search, "param_grid", None) or getattr(search, "param_distributions", None) or {}
    return {key for grid in ([given] if isinstance(given, dict) else given) for key in grid}


def final_estimator(model: BaseEstimator) -> BaseEstimator:
    """The innermost estimator: the end of a Pipeline, what a wrapper is about, or the model itself."""
    return links(model)[-1].estimator


def has_scaler(model: Any) -> bool:
    """Whether something inside scales the features, for some of them at least."""
    if isinstance(model, SCALES):
        return True
    if isinstance(model, Pipeline):
        return any(has_scaler(step) for _, step in model.steps)
    if isinstance(model, FeatureUnion):
        return any(has_scaler(part) for _, part in model.transformer_list)
    if isinstance(model, ColumnTransformer):
        return any(has_scaler(part) for _, part, _ in model.transformers)
    inner = inner_of(model) if isinstance(model, BaseEstimator) else None
    return inner is not None and has_scaler(inner[1])


def heeds_scale(model: BaseEstimator) -> bool:
    """Whether the scale of the features makes a difference to the estimator at the end, or to one of several there."""
    if isinstance(model, Pipeline):
        model = model.steps[-1][1]
        return isinstance(model, BaseEstimator) and heeds_scale(model)
    several = members(model)
    if several:
        return any(heeds_scale(member) and not has_scaler(member) for name, member in several if name in _named(model))
    inner = inner_of(model)
    if any(part in type(model).__name__ for part in SCALE_FREE) and inner is None:
        return False
    return heeds_scale(inner[1]) if inner is not None else True


def _named(model: Any) -> set[str]:
    return {name for name, _ in model.estimators}
