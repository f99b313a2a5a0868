"""Learning curves: what a fit has come to epoch by epoch, and when nothing is to be hoped of it any more.

Outside says, with a trial's specification, how the trials before it did (:class:`Pace`); inside compares its own curve
with that after each epoch. So no message goes through the wall while a trial runs, on whatever machine it does.

The rule is the median stopping rule (Golovin et al., "Google Vizier", KDD 2017) with a second condition, because a
median alone is hard on what learns slowly: learning curves flatten, so what a curve has gained in its later half,
prolonged as a straight line, is more than it will come to; only a trial that would not come up with the best one even
so is stopped (the idea of extrapolating: Domhan, Springenberg and Hutter, IJCAI 2015).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median

LEAST = 5
"""Epochs, and trials before this one, without which nothing is judged."""
SHARE = 0.2
"""Of its own epochs a fit has at least so many before it is judged."""
WORST = -1e30
"""What an epoch counts whose loss is not a number."""
_ACCURACIES = tuple(
    f"val_{name}" for name in ("accuracy", "acc", "binary_accuracy", "categorical_accuracy",
                               "sparse_categorical_accuracy")
)  # fmt: skip


def _points(first: int, last: int) -> tuple[int, ...]:
    found = [first]
    while found[-1] < last:
        found.append(max(found[-1] + 1, math.floor(found[-1] * 1.25)))
    return tuple(found)


POINTS = _points(LEAST, 100_000)
"""Epochs at which curves are compared: 5, 6, 7, 8, 10, 12, 15, 18, ..."""


@dataclass(frozen=True)
class Pace:
    """How the trials before this one did. Scores are turned so that more is better."""

    best: float
    """The best that one of them came to at any epoch."""
    medians: tuple[float, ...]
    """Of what each had come to by each of ``POINTS``; one that ended before counts with its last."""

    @classmethod
    def of(cls, curves: Sequence[Sequence[float]]) -> Pace | None:
        """The pace of running bests (see :func:`bests`); None where there are not enough of them."""
        curves = [curve for curve in curves if curve]
        if len(curves) < LEAST:
            return None
        longest = max(map(len, curves))
        padded = [[*curve, *[curve[-1]] * (longest - len(curve))] for curve in curves]
        return cls(max(curve[-1] for curve in curves), tuple(median(column) for column in zip(*padded, strict=True)))

    def at(self, epochs: int) -> float:
        """What the median trial had come to after so many epochs (at least ``LEAST``)."""
        passed = sum(point <= epochs for point in POINTS[: len(self.medians)])
        return self.medians[max(passed, 1) - 1]


def score_of(logs: Mapping[str, float | None], metric: str) -> float | None:
    """What one epoch's logs say of the validation rows, more being better; None where they say nothing.

    The accuracy, where that is the metric and Keras was told to report it; else the loss, turned round.
    """
    names = [name for name in _ACCURACIES if name in logs] if metric == "accuracy" else []
    if names:
        value = logs[names[0]]
        return WORST if value is None or math.isnan(value) else value
    if "val_loss" not in logs:
        return None
    loss = logs["val_loss"]
    return WORST if loss is None or math.isnan(loss) else -loss


def bests(curve: Sequence[float]) -> tuple[float, ...]:
    """The best so far at each of ``POINTS`` that a curve has passed, and at its end: what is remembered of it."""
    running = list(accumulate(curve, max))
    passed = [running[point - 1] for point in POINTS if point < len(running)]
    return tuple(float(f"{value:.6g}") for value in (*passed, *running[-1:]))


def hopeless(curve: Sequence[float], epochs: int, pace: Pace, noise: float = 0.0) -> bool:
    """Whether a fit is to be stopped after what it has come to.

    Args:
        curve: its score after each epoch so far, more being better.
        epochs: how many it is to have.
        pace: how others did.
        noise: what a score is uncertain by (one standard error).
    """
    done = len(curve)
    if done < max(LEAST, math.ceil(SHARE * epochs)) or done >= epochs:
        return False
    best = max(curve)
    if best + noise >= pace.at(done):
        return False
    half = done // 2
    gain = best - max(curve[:half])
    return best + noise + gain * (epochs - done) / (done - half) < pace.best


def noise_of(score: float, rows: int) -> float:
    """One standard error of an accuracy on so many rows."""
    share = min(max(score, 0.0), 1.0)
    return math.sqrt(share * (1 - share) / max(rows, 1))
