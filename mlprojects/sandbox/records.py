"""What a session keeps: fitted models, their predictions, and evaluations of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from mlprojects.sandbox.rows import class_labels, count, take
from mlprojects.sandbox.seen import Deferred, SeenRows, Variants


@dataclass
class FittedModel:
    """A model that the script fitted.

    Fits of one kind of model on one line of the script, each on rows of its own, are the folds of one
    cross-validation: they share an ordinal, and the tweak goes to all of them.
    """

    ordinal: int
    """The place in the order of first fits."""
    model: Any
    x: Any
    y: Any
    where: str
    fits: int = 1
    kind: str | None = None
    """What makes two models the same one: class and parameters. None: only the object itself is."""
    fold: str = ""
    """Tells the rows of one fit from those of another."""
    opened: Opening | None = None
    """What its last fit was to count as, with what the script gave ``fit``."""
    total: int | None = None
    """Rows given to ``fit`` by the script, those held out later included."""
    artifact: Any = None
    """What to save and what predicts, where that is another object than the script's."""
    aliases: list[Any] = field(default_factory=list)
    """Other objects that are this model: the best one of a search, a copy that was read back from a file."""
    others: list[tuple[Any, SeenRows]] = field(default_factory=list)
    """Objects that count as this model, each with the rows it was fitted on: earlier folds, loaded copies."""
    copies: dict[int, int] = field(default_factory=dict)
    """Which of ``others`` are copies, by identity, and of which object: they are no folds of their own."""
    facts: dict[str, Any] = field(default_factory=dict)
    source: Any = None
    """The rows as they were before the script's transformers."""
    seen: SeenRows = field(init=False)

    def __post_init__(self) -> None:
        self.seen = SeenRows(self.x, source=self.source)

    def sees_as(self, other: FittedModel) -> bool:
        """Whether another model was fitted once, on the very same rows: what is known of them holds for both."""
        return other.x is self.x and other.source is self.source and other.seen.x is self.x and not other.seen.more

    def is_about(self, model: Any) -> bool:
        """Whether ``model`` is this one, by identity."""
        mine = [self.model, self.artifact, *self.aliases, *(other for other, _ in self.others)]
        return model is not None and any(model is one for one in mine)

    def seen_by(self, model: Any) -> SeenRows:
        """The rows that ``model``, one of those that count as this one, was fitted on."""
        return next((seen for other, seen in self.others if other is model), self.seen)

    def fold_of(self, model: Any) -> str:
        """What tells the evaluations of ``model`` from those of another fold."""
        return self.fold if self.kind is not None else f"object {self.copies.get(id(model), id(model))}"


@dataclass(frozen=True)
class Split:
    """One ``train_test_split``: how many rows went to each side, and their truth."""

    trained: int
    tested: int
    y_test: Any
    y_train: Any = None

    def is_of(self, known: FittedModel, tested: int) -> bool:
        """Whether a model was fitted on the one side and gave ``tested`` predictions for the other.

        Labels that the script has changed since the split (encoded, scaled) are not the model's.
        """
        try:
            total = known.total or count(known.x)
            if (self.trained, self.tested) != (total, tested):
                return False
            if self.y_train is None or known.y is None or len(known.y) != self.trained:
                return True
            return bool(np.array_equal(class_labels(known.y), class_labels(self.y_train)))
        except (TypeError, ValueError):
            return False


@dataclass(frozen=True)
class Opening:
    """A fit that is about to happen: which model it will count as."""

    ordinal: int
    kind: str | None
    where: str
    fold: str
    truth: Any = None
    """What the script gave as ``y``."""


@dataclass(frozen=True)
class Prediction:
    """What a fitted model gave for some rows, to be met again in a metric's arguments."""

    known: FittedModel
    model: Any
    where: str
    fold: str
    x: Any
    labels: np.ndarray
    seen: SeenRows
    outputs: tuple[np.ndarray, ...] = ()
    """Probabilities or scores that stand for the labels."""
    source: Any = None
    output: str = ""
    """Which output of a model with several."""
    told: Callable[[Any], Any] | None = None
    """The labels once more, now that the truth is known: where only that says whether numbers or classes are meant."""

    def is_of(self, array: np.ndarray) -> bool:
        """Whether ``array`` holds these labels or outputs."""
        return any(
            given.shape == array.shape and np.array_equal(given, array) for given in (self.labels, *self.outputs)
        )

    def against(self, y_true: Any, evidence: str, splits: tuple[Split, ...] = ()) -> Evaluation:
        """The evaluation that this prediction is of."""
        labels = self.labels if self.told is None or y_true is None else self.told(y_true)
        rows = (self.where, self.fold, self.x, y_true, labels, evidence)
        seen = (self.seen, self.source, self.model, self.known, splits, self.output)
        return Evaluation(self.known.ordinal, *rows, *seen)


@dataclass(frozen=True)
class Evaluation:
    """The truth against predictions on some rows."""

    ordinal: int
    where: str
    fold: str
    x: Any
    y_true: Any
    y_pred: Any
    evidence: str
    seen: SeenRows | None = None
    """The rows that the model had been fitted on; None: the rows were held out of them by us."""
    source: Any = None
    model: Any = None
    known: FittedModel | None = None
    splits: tuple[Split, ...] = ()
    """Where the script compared nothing itself: the splits from which the truth may be taken."""
    output: str = ""
    """Which output of a model with several."""

    @property
    def truth(self) -> np.ndarray:
        """The truth in the shape of the predictions: one label a row, or several labels or numbers."""
        return np.asarray(self.y_true) if np.ndim(self.y_pred) > 1 else class_labels(self.y_true)

    @cached_property
    def honest(self) -> Evaluation | None:
        """What of it is on rows that were not trained on. Asked at the end: reading a data set may turn it."""
        if self.seen is None:
            return self
        y_true = self.y_true
        if self.splits and self.known is not None:
            found = [split for split in self.splits if split.is_of(self.known, len(self.y_pred))]
            y_true = found[-1].y_test if found else None
        if y_true is None or np.ndim(y_true) == 0 or len(y_true) != len(self.y_pred):
            return None
        fresh = self.seen.fresh(self.x, self.source)
        if fresh is not None and not fresh.any():
            return None
        if fresh is None or len(fresh) != len(y_true) or fresh.all():
            return replace(self, y_true=y_true, seen=None)
        kept, x = np.flatnonzero(fresh), self.x
        x = x[0] if isinstance(x, Variants) else x
        x = x.load() if isinstance(x, Deferred) else x
        evidence = f"{self.evidence}, without {int((~fresh).sum())} rows that were trained on"
        truth, given = np.asarray(y_true)[kept], np.asarray(self.y_pred)[kept]
        return replace(self, x=take(x, kept), y_true=truth, y_pred=given, evidence=evidence, seen=None)
