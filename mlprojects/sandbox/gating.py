"""Which of a script's models counts: a pure choice over what was fitted and evaluated.

1. Only models whose task has the metric count, where there is one.
2. The model that the script evaluated last on test data; where it evaluated others on the same test rows, it
   compares them, and the best of them counts, the later one of equals; but where those others are a loop over
   settings of the same class, the last one is what the script made of it.
3. Where nothing was evaluated on test data, the model fitted last; of searches over grids on the same rows by the
   same score, the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlprojects.contract.metrics import METRICS, Metric, reported
from mlprojects.sandbox import scoring
from mlprojects.sandbox.records import Evaluation, FittedModel
from mlprojects.sandbox.seen import row_keys


@dataclass(frozen=True)
class Choice:
    """The model that counts."""

    model: FittedModel
    evaluations: list[Evaluation]
    """What the test score is over: one for each fold."""
    reason: str
    """Why this one, of several; "" where there is no other."""
    where: str
    """The line of the fits that count."""


def choose(
    models: Sequence[FittedModel], evaluations: Sequence[Evaluation], metric: Metric, gate: int | None
) -> Choice | None:
    """The model that counts.

    Args:
        models: what was fitted, in the order of first fits.
        evaluations: what was evaluated on test rows, oldest first.
        metric: the one asked for.
        gate: the ordinal, where it was chosen before.

    Returns:
        None where nothing was fitted, or not the model chosen before.
    """
    if gate is not None:
        mine = [model for model in models if model.ordinal == gate]
        return _of(mine[-1], evaluations, "") if mine else None
    if not models:
        return None
    suited = [model for model in models if model.facts.get("task") in metric.tasks] or list(models)
    ordinals = sorted({model.ordinal for model in suited})
    count = len({model.ordinal for model in models})
    last_of = {model.ordinal: model for model in suited}
    judged = {n: _pooled(n, evaluations) for n in ordinals}
    order = [e.ordinal for e in evaluations if e.ordinal in judged]
    if not order:
        found = _best_search(list(last_of.values()))
        if found is not None:
            return _of(found, evaluations, f"the best of {len(last_of)} by best_score_; none is evaluated on test data")
        reason = f"the last one fitted of {count}; none is evaluated on test data" if count > 1 else ""
        return _of(suited[-1], evaluations, reason)
    last = order[-1]
    rivals = [n for n in ordinals if n == last or _same_rows(judged[n], judged[last])]
    if len(rivals) == 1:
        alone = f"the only one of {count} that has {metric.name}" if len(ordinals) == 1 else ""
        reason = alone or f"the one evaluated last, of {count}"
        return _of(last_of[last], evaluations, reason if count > 1 else "")
    if _of_loop(last_of[last], [last_of[n] for n in rivals]):
        reason = "the one evaluated last, fitted after a loop over settings of the same class"
        return _of(last_of[last], evaluations, reason)
    best = max(rivals, key=lambda n: (_gain(judged[n], metric, last_of[n]), _place(order, n)))
    reason = f"the best of {len(rivals)} that are evaluated on the same test rows"
    return _of(last_of[best], evaluations, reason)


def _best_search(models: Sequence[FittedModel]) -> FittedModel | None:
    """Of several searches that the script can compare by their ``best_score_``, the one with the highest."""
    searches = [model.facts.get("search", {}) for model in models]
    same = len({search.get("scoring") for search in searches}) == 1 and all(searches)
    if len(models) < 2 or not same or not all(np.array_equal(model.y, models[0].y) for model in models):
        return None
    return max(reversed(models), key=lambda model: float(model.facts["search"]["score"]))


def _of(model: FittedModel, evaluations: Sequence[Evaluation], reason: str) -> Choice:
    pooled = _pooled(model.ordinal, evaluations)
    return Choice(model, pooled, reason, pooled[-1].where if pooled else model.where)


def _pooled(ordinal: int, evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """The last evaluation of each fold, of the fits on the line whose fit was evaluated last."""
    own = [e for e in evaluations if e.ordinal == ordinal]
    parts = by_output([e for e in own if e.where == own[-1].where])
    return [e for part in parts.values() for e in _folds(part)]


def by_output(found: Sequence[Evaluation]) -> dict[str, list[Evaluation]]:
    """Evaluations by the output of the model that they are of."""
    parts: dict[str, list[Evaluation]] = {}
    for e in found:
        parts.setdefault(e.output, []).append(e)
    return parts


def _folds(own: Sequence[Evaluation]) -> list[Evaluation]:
    folds = list({e.fold: e for e in own}.values())
    # Objects that count as one model without being folds of it (a copy loaded later) are evaluated on the same rows.
    copies = len(folds) > 1 and folds[-1].fold.startswith("object ") and not _apart(folds)
    return [own[-1]] if copies else folds


def _of_loop(last: FittedModel, rivals: list[FittedModel]) -> bool:
    """Whether the others are a loop over settings on one line, and the last one what the script made of it."""
    others = [model for model in rivals if model is not last]
    alike = all(type(model.model).__name__ == type(last.model).__name__ for model in others)
    return len(others) > 1 and alike and {model.where for model in others} == {others[0].where} != {last.where}


def _apart(folds: list[Evaluation]) -> bool:
    try:
        keys = [set(row_keys(e.x)) for e in folds]
    except (TypeError, ValueError):
        return False
    return len(set().union(*keys)) >= 0.9 * sum(map(len, keys))


def _same_rows(a: list[Evaluation], b: list[Evaluation]) -> bool:
    if not a or by_output(a).keys() != by_output(b).keys():
        return False
    pairs = zip(by_output(a).values(), by_output(b).values(), strict=True)
    return all(np.array_equal(_truth(one).astype(str), _truth(other).astype(str)) for one, other in pairs)


def _truth(pooled: list[Evaluation]) -> np.ndarray:
    return np.concatenate([e.truth for e in pooled])


def _gain(pooled: list[Evaluation], metric: Metric, model: FittedModel) -> float:
    """The test score, higher is better."""
    task = str(model.facts.get("task"))
    name = reported(metric.name, task)
    if name is None:
        return 0.0
    gains = []
    for part in by_output(pooled).values():
        given = np.concatenate([np.asarray(e.y_pred) for e in part])
        gains.append(METRICS[name].gain(scoring.value(name, _truth(part), given, task)))
    return min(gains)


def _place(order: list[int], ordinal: int) -> int:
    return len(order) - 1 - order[::-1].index(ordinal)
