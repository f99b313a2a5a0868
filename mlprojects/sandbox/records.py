"""What a session keeps: fitted models, their predictions, and evaluations of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlprojects.sandbox.rows import class_labels
from mlprojects.sandbox.seen import SeenRows


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
    total: int | None = None
    """Rows given to ``fit`` by the script, those held out later included."""
    artifact: Any = None
    """What to save and what predicts, where that is another object than the script's."""
    aliases: list[Any] = field(default_factory=list)
    """Other objects that are this model: the best one of a search, a copy that was read back from a file."""
    facts: dict[str, Any] = field(default_factory=dict)
    source: Any = None
    """The rows as they were before the script's transformers."""
    seen: SeenRows = field(init=False)

    def __post_init__(self) -> None:
        self.seen = SeenRows(self.x, self.source)

    def is_(self, model: Any) -> bool:
        """Whether ``model`` is this one."""
        return (
            model is self.model
            or (model is not None and model is self.artifact)
            or any(model is alias for alias in self.aliases)
        )


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
        if (self.trained, self.tested) != (known.total, tested):
            return False
        if self.y_train is None or known.y is None or len(known.y) != self.trained:
            return True
        mine, theirs = class_labels(known.y), class_labels(self.y_train)
        return mine.shape == theirs.shape and bool(np.all(mine == theirs))


@dataclass(frozen=True)
class Opening:
    """A fit that is about to happen: which model it will count as."""

    ordinal: int
    kind: str | None
    where: str
    fold: str


@dataclass(frozen=True)
class Prediction:
    """What a fitted model gave for some rows, to be met again in a metric's arguments."""

    known: FittedModel
    where: str
    fold: str
    x: Any
    labels: np.ndarray
    outputs: tuple[np.ndarray, ...] = ()
    """Probabilities or scores that stand for the labels."""
    y_true: Any = None
    """The truth by the latest split that the rows can be of."""

    def is_of(self, array: np.ndarray) -> bool:
        """Whether ``array`` holds these labels or outputs."""
        return any(
            given.shape == array.shape and np.array_equal(given, array) for given in (self.labels, *self.outputs)
        )


@dataclass(frozen=True)
class Evaluation:
    """The truth against predictions on rows that the model was not fitted on."""

    ordinal: int
    where: str
    fold: str
    x: Any
    y_true: Any
    y_pred: Any
    evidence: str
