"""``partial_fit``: models that a script trains part by part.

Rows are held out by their value, so that a row which comes again in a later pass is held out again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from mlprojects.contract.trial import Tweak
from mlprojects.sandbox import rows
from mlprojects.sandbox.records import FittedModel, Opening
from mlprojects.sandbox.session import Session, TweakError, one_line
from mlprojects.sklearn import estimators, models, training
from mlprojects.sklearn.chain import links

Rows = list[tuple[Any, np.ndarray]]


def wrapper(session: Session) -> Callable[..., Any]:
    """What runs about ``partial_fit``."""

    def around(original: Callable[..., Any], model: Any, X: Any, y: Any = None, *args: Any, **kw: Any) -> Any:  # noqa: N803
        if not models.supervised(model, y):
            return original(model, X, *(() if y is None else (y,)), *args, **kw)
        spec = session.spec
        known = session.find(model)
        opening = session.opening(model)
        if known is not None and known.facts.get("partial"):  # its parameters may be the tweak's by now
            opening = Opening(known.ordinal, known.kind, opening.where, "")
        if spec.as_written or not session.gated(opening.ordinal):
            with session.fitting():
                result = original(model, X, y, *args, **kw)
            _remember(session, model, X, y, opening)
            return result
        given = _named(args, kw)
        if known is None:
            _turn(model, spec.tweak)
        held: dict[str, Rows] = {"test": [], "validation": []} if known is None else known.facts["held"]
        test, validation = _parts(X, spec)
        if spec.holdout_fraction:
            _set_aside(held["test"], X, y, test)
        if spec.role == "search":
            _set_aside(held["validation"], X, y, validation)
        kept = np.flatnonzero(~(test | validation))
        if len(kept) == 0:
            return model
        parameters = {k: v for k, v in training.take_parameters(given, kept, rows.count(X)).items() if k != "classes"}
        if "classes" in given:
            parameters["classes"] = given["classes"]
        try:
            with session.fitting():
                original(model, rows.take(X, kept), rows.take(y, kept), **parameters)
        except Exception as error:
            raise TweakError(one_line(error.__cause__ or error)) from error
        fresh = known is None
        known = _remember(session, model, rows.take(X, kept), rows.take(y, kept), opening)
        known.facts["held"] = held
        if fresh:
            session.at_end.append(lambda: _measure(session, known, held))
        return model

    return around


def _named(args: tuple[Any, ...], kw: dict[str, Any]) -> dict[str, Any]:
    return {**dict(zip(("classes", "sample_weight"), args, strict=False)), **kw}


def _remember(session: Session, model: Any, x: Any, y: Any, opening: Any) -> FittedModel:
    known = session.fitted(model, x, y, opening, continues=True)
    known.facts["task"] = models.data_task(model, y)
    known.facts["partial"] = True
    known.facts["rows"] = known.facts.get("rows", 0) + rows.count(x)
    return known


def _turn(model: Any, tweak: Tweak) -> None:
    """Set the tweak on the script's own object, before it has learnt anything."""
    tuned = links(estimators.tuned(model, np.zeros((2, 1)), tweak))[-1].estimator
    if type(tuned) is not type(model):
        raise TweakError("a model that is fitted part by part cannot be put behind a scaler or replaced")
    model.set_params(**{name: value for name, value in tuned.get_params(deep=False).items() if name in tweak})


def _parts(x: Any, spec: Any) -> tuple[np.ndarray, np.ndarray]:
    """Which rows are set aside for the test and for validation: told by their values, whatever comes with them."""
    share = np.array([_share_of(rows.take(x, np.array([place])), spec.seed) for place in range(rows.count(x))])
    test = share < spec.holdout_fraction
    width = spec.validation_fraction * (1 - spec.holdout_fraction)
    validation = ~test & (share < spec.holdout_fraction + width) & (spec.role == "search")
    return test, validation


def _share_of(row: Any, seed: int) -> float:
    return zlib.crc32(f"{seed} {rows.fingerprint(row)}".encode()) / 2**32


def _set_aside(held: Rows, x: Any, y: Any, mask: np.ndarray) -> None:
    index = np.flatnonzero(mask)
    if len(index):
        held.append((rows.take(x, index), np.asarray(rows.take(y, index))))


def _measure(session: Session, known: FittedModel, held: dict[str, Rows]) -> None:
    """Predict the rows held out, when the script has trained to its end."""
    with session.inside():
        for split, parts in held.items():
            if not parts:
                continue
            predicted = np.concatenate([known.model.predict(x) for x, _ in parts])
            truth = np.concatenate([y for _, y in parts])
            if split == "test":
                session.evaluated_holdout(known.model, truth, predicted, parts[0][0])
            else:
                evidence = f"{session.spec.validation_fraction:.0%} of the rows of each part held out"
                session.validated(known.model, truth, predicted, evidence, parts[0][0])
