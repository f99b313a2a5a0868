"""Long fits of ensembles that can grow: kept from time to time, so that a killed attempt's trees are not grown again.

scikit-learn's ``warm_start`` adds trees to those that are there. With the random state handled as below, an ensemble
that has grown in steps is the one that a single fit gives, bit for bit (tests/sklearn/test_growing.py); whatever is
not sure to be (early stopping, weights of classes that are counted anew), or would say more on its way, is fitted in
one go.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlprojects.sandbox import rows
from mlprojects.sandbox.checkpoints import Checkpoint, Store
from mlprojects.sandbox.session import Session, one_line

FORESTS = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
BOOSTING = ("GradientBoostingClassifier", "GradientBoostingRegressor")
FEWEST = 10
FIRST_SHARE = 0.1
STEP_S = 2.0
"""A step is about so long; a fit that would take no longer than that is not interrupted."""


@dataclass
class Growth:
    """How far one fit has come."""

    done: int
    total: int
    seconds: float

    def next(self) -> int:
        """How many trees there are after the next step."""
        if self.done == 0:
            return max(1, round(self.total * FIRST_SHARE))
        step = max(1, int(self.done / max(self.seconds, 1e-6) * STEP_S))
        return self.total if self.total - self.done <= step else self.done + step


def can_grow(model: Any) -> bool:
    """Whether a fit in steps is sure to give what one fit gives."""
    name = type(model).__name__
    if not type(model).__module__.startswith("sklearn.ensemble.") or name not in (*FORESTS, *BOOSTING):
        return False
    if model.warm_start or model.verbose or not isinstance(model.n_estimators, int) or model.n_estimators < FEWEST:
        return False
    seeded = isinstance(model.random_state, int | np.integer)
    if name in BOOSTING:
        return seeded and model.n_iter_no_change is None
    return (
        (seeded or model.random_state is None)
        and not model.oob_score
        and not isinstance(getattr(model, "class_weight", None), str)
    )


def fit(session: Session, model: Any, given: tuple[Any, Any], others: Any, fit_once: Callable[[], Any]) -> Any:
    """Fit, in steps where that changes nothing but what a kill costs.

    Args:
        session: the trial.
        model: the estimator, which ``fit_once`` fits.
        given: x and y.
        others: the names of what ``fit`` is given beside them: a monitor may end it early.
        fit_once: one call of the script's ``fit``.
    """
    number = session.next_fit()
    if not can_grow(model) or set(others) - {"sample_weight"}:
        return fit_once()
    written = repr(model)
    store = Store(session.paths.checkpoint, number, lambda: f"{written} {rows.fingerprint(*given)}")
    growth = Growth(0, model.n_estimators, 0.0)
    before = np.random.get_state()
    found = _last(session, store)
    if found is not None:
        before = _restore(model, found)
        growth = Growth(found.step, growth.total, found.state["seconds"])
        session.fit_seconds += growth.seconds
        session.resumed(number, found.step)
    result: Any = model
    growing: float | None = 0.0
    try:
        while growth.done < growth.total:
            model.n_estimators = growth.next()
            if model.random_state is None:  # a forest first draws again what its trees have drawn
                np.random.set_state(before)
            already = session.seconds_in_fit()
            result = fit_once()
            growth.seconds += session.seconds_in_fit() - already
            growth.done = model.n_estimators
            model.warm_start = True
            if growth.done < growth.total and growing is not None:
                growing = _kept(session, store, model, growth, growing, before)
    finally:
        model.warm_start, model.n_estimators = False, growth.total
    return result


def _kept(session: Session, store: Store, model: Any, growth: Growth, bytes_a_tree: float, before: Any) -> float | None:
    """Keep what has grown, where that is cheap; how large a tree is, or None where keeping is not possible."""
    if not store.worthwhile(round(bytes_a_tree * growth.done)):
        return bytes_a_tree
    try:
        data = pickle.dumps(vars(model))
        if store.worthwhile(len(data)):
            _, keys, *rest = before
            arrays = [np.frombuffer(data, dtype=np.uint8), np.asarray(keys)]
            path = store.save(Checkpoint(growth.done, arrays, {"seconds": growth.seconds, "numpy": rest}))
            session.journal.append("checkpointed", fit=store.fit, step=growth.done, size_bytes=path.stat().st_size)
        return len(data) / growth.done
    except Exception as error:  # the fit itself goes on
        session.journal.append("fault", reason=f"no checkpoint: {one_line(error)}")
        return None


def _last(session: Session, store: Store) -> Checkpoint | None:
    try:
        return store.last()
    except Exception as error:
        session.journal.append("fault", reason=f"no checkpoint is read: {one_line(error)}")
        return None


def _restore(model: Any, found: Checkpoint) -> Any:
    """Give the estimator what was kept; NumPy's random state from before its fit."""
    data, keys = found.arrays
    vars(model).update(pickle.loads(data.tobytes()))  # noqa: S301 - written by this very trial, inside
    return ("MT19937", keys, *found.state["numpy"])
