"""Rows that are held out of a script's own loop by value, batch by batch: the same row goes the same way each time."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from mlprojects.keras import data, labels, measuring
from mlprojects.sandbox import rows
from mlprojects.sandbox.session import Session, TweakError
from mlprojects.sandbox.wrapping import wrap_method

RECURRING = 1.5
"""Held-out rows must have come this often on average, else they may be augmented copies of others."""
Held = dict[str, list[tuple[np.ndarray, Any]]]


class Sieve:
    """What was kept aside of the batches of one model."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.held: Held = {"test": [], "validation": []}

    def part(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, Held]:
        """The places of rows to train on, and the other rows."""
        spec, kept = self.session.spec, []
        held: Held = {"test": [], "validation": []}
        for place, row in enumerate(np.ascontiguousarray(x)):
            share = (zlib.crc32(row.tobytes(), spec.seed) % 10_000) / 10_000
            rest = (share - spec.holdout_fraction) / (1 - spec.holdout_fraction)
            if share < spec.holdout_fraction:
                held["test"].append((row, y[place]))
            elif spec.role == "search" and rest < spec.validation_fraction:
                held["validation"].append((row, y[place]))
            else:
                kept.append(place)
        return np.array(kept, dtype=int), held

    def keep(self, held: Held) -> None:
        """Keep rows aside."""
        for split, pairs in held.items():
            self.held[split] += pairs

    def rows(self) -> int:
        """How many different rows are kept aside."""
        return sum(len({row.tobytes() for row, _ in held}) for held in self.held.values())

    def score(self, model: Any) -> None:
        """Score a model on what was kept aside.

        Raises:
            TweakError: its rows do not recur.
        """
        spec = self.session.spec
        for split, held in self.held.items():
            if not held:
                continue
            x, y = _distinct(held)
            if split == "validation":
                evidence = f"{spec.validation_fraction:.0%} of the training rows held out"
                measuring.validate_rows(self.session, model, x, y, evidence)
            else:
                for column in measuring.columns_for(self.session, model, x, y):
                    self.session.evaluated_holdout(model, column.truth, column.labels, x)


def _distinct(held: list[tuple[np.ndarray, Any]]) -> tuple[np.ndarray, np.ndarray]:
    first = {row.tobytes(): (row, label) for row, label in held}
    if len(held) < RECURRING * len(first):
        raise TweakError("the batches' rows do not recur, so copies of what is held out cannot be told apart")
    return np.stack([row for row, _ in first.values()]), np.stack([label for _, label in first.values()])


class Passes:
    """The passes that a script makes itself over a ``tf.data`` data set of (x, y) batches."""

    def __init__(self, session: Session, steps: Callable[[], int]) -> None:
        self.session, self.steps = session, steps
        self.sieve = Sieve(session)
        self._trained = False
        self._began: list[int] = []
        self._first: Any = None
        owner = next(base for base in tf.data.Dataset.__mro__ if "__iter__" in base.__dict__)
        wrap_method(session, owner, "__iter__", self.around)

    @property
    def trained(self) -> bool:
        """Whether an optimizer has stepped since a pass began: rows can be held out of such a loop."""
        return self._trained or any(self.steps() > before for before in self._began)

    def labels(self) -> Any:
        """Labels of the first data set that was passed over, some at least; read when the script has ended."""
        found: list[np.ndarray] = []
        with self.session.inside():
            for _, y in self._first if self._first is not None else ():
                found.append(np.asarray(y))
                if sum(map(len, found)) >= labels.MOST_ASKED:
                    break
        return data.join(found) if found else None

    def around(self, original: Callable[..., Any], dataset: Any) -> Any:
        """A pass of the script's begins."""
        iterator = original(dataset)
        shapes = dataset.element_spec
        pair = isinstance(shapes, tuple) and len(shapes) == 2 and all(isinstance(s, tf.TensorSpec) for s in shapes)
        if not pair or not tf.executing_eagerly() or not all(part.shape.rank for part in shapes):
            return iterator
        self._first = dataset if self._first is None else self._first
        spec = self.session.spec
        if spec.role != "search" and not spec.holdout_fraction:  # nothing is held out: the script has its own iterator
            self._began = [*self._began[:1], self.steps()]
            return iterator
        return self._sifted(iterator)

    def _sifted(self, iterator: Any) -> Iterator[Any]:
        before, held = self.steps(), []
        try:
            for batch in iterator:
                if not tf.executing_eagerly():  # a function is traced over it: these are no rows yet
                    yield batch
                    continue
                x, y = (np.asarray(part) for part in batch)
                kept, out = self.sieve.part(x, y)
                held.append(out)
                if len(kept):  # of the same size, or a tf.function is traced for each
                    again = np.resize(kept, len(x))
                    yield tuple(tf.constant(rows.take(part, again)) for part in (x, y))
        finally:
            if self.steps() > before:
                self._trained = True
                for out in held:
                    self.sieve.keep(out)
