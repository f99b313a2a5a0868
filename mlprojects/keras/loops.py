"""Training without ``fit``: loops over ``train_on_batch``, and over a gradient tape.

The model of a tape is the one that was called last before its optimizer stepped; the rows of that call, or of the
``tf.function`` about it, are its training rows. Rows that go through the model afterwards, without a step, are what
the script evaluates. Such a model is measured. Of ``train_on_batch`` rows are held out by value, so it is tuned too.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from mlprojects.keras import data, framework, measuring, metric_objects, rebuild, watching
from mlprojects.keras import describe as describing
from mlprojects.sandbox import rows
from mlprojects.sandbox.seen import SeenRows
from mlprojects.sandbox.session import FittedModel, Session, TweakError
from mlprojects.sandbox.wrapping import wrap_method

NOT_TUNED = "trained in a loop of its own, not by fit: it is measured, not tuned"
RECURRING = 1.5
"""Held-out rows must have come this often on average, else they may be augmented copies of others."""


def install(session: Session, compiled: Callable[[Any], dict[str, Any]]) -> None:
    """Wrap ``train_on_batch``, the optimizers' steps, and what the script has made a ``tf.function``."""
    batches = Batches(session, compiled)
    for owner in framework.owners("train_on_batch"):
        wrap_method(session, owner, "train_on_batch", batches.around)
    session.at_end.append(batches.end)
    tape = Tape(session)
    for name in ("apply_gradients", "apply"):
        for base in framework.optimizer_classes():
            if name in base.__dict__:
                wrap_method(session, base, name, tape.step)
    session.called.append(tape.called)
    _watch_functions(session, tape)
    session.at_end.append(tape.end)
    metric_objects.install(session, tape.steps)


class Batches:
    """What ``train_on_batch`` was given, by model."""

    def __init__(self, session: Session, compiled: Callable[[Any], dict[str, Any]]) -> None:
        self.session, self.compiled = session, compiled
        self.recorders: list[tuple[Any, watching.Recorder]] = []
        self.held: dict[str, list[tuple[Any, Any]]] = {"test": [], "validation": []}
        self.tuned: Any = None

    def around(self, original: Callable[..., Any], model: Any, x: Any, y: Any = None, *args: Any, **kw: Any) -> Any:
        """One batch: noted, and in a tuned trial sifted."""
        session, spec = self.session, self.session.spec
        known = session.find(model)
        ordinal = known.ordinal if known else len(session.models)
        gated = session.gated(ordinal) and not spec.as_written
        recorder = next((found for owner, found in self.recorders if owner is model), None)
        if recorder is None:
            recorder = watching.Recorder(None)
            self.recorders.append((model, recorder))
            facts = describing.at_fit(model, x) | {"scalable": False}
            if gated:
                rebuild.apply(model, spec.tweak, None, self.compiled(model))
                self.tuned = model
            self._remember(model, recorder, facts, known)
        if gated and self.tuned is model and y is not None:
            kept = self._sift(np.asarray(x), np.asarray(y))
            if not len(kept):
                return model.test_on_batch(x, y)
            x, y = rows.take(x, kept), rows.take(y, kept)
        with session.fitting():
            result = original(model, x, y, *args, **kw)
        if y is not None:
            recorder.note((x, y))
        return result

    def _remember(self, model: Any, recorder: watching.Recorder, facts: dict[str, Any], known: Any) -> None:
        source = watching.Source(None, recorder.load, SeenRows(None, recorder.keys), recorder)
        known = known or self.session.fitted(model, None, None)
        source.seen.more.append(known.seen)
        known.seen = source.seen
        known.facts.update({"fit": {}, "signature": None, "written": "", "source": source, **facts})

    def _sift(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The places of rows to train on; the others are kept aside, always the same by value."""
        spec, kept = self.session.spec, []
        for place, row in enumerate(np.ascontiguousarray(x)):
            share = (zlib.crc32(row.tobytes(), spec.seed) % 10_000) / 10_000
            rest = (share - spec.holdout_fraction) / (1 - spec.holdout_fraction)
            if share < spec.holdout_fraction:
                self.held["test"].append((row, y[place]))
            elif spec.role == "search" and rest < spec.validation_fraction:
                self.held["validation"].append((row, y[place]))
            else:
                kept.append(place)
        return np.array(kept, dtype=int)

    def end(self) -> None:
        """Score the tuned model on what was kept aside."""
        if self.tuned is None:
            return
        spec = self.session.spec
        for split, held in self.held.items():
            if held:
                x, y = self._distinct(held)
                if split == "test":
                    for column in measuring.columns_for(self.session, self.tuned, x, y):
                        self.session.evaluated_holdout(self.tuned, column.truth, column.labels, x)
                else:
                    evidence = f"{spec.validation_fraction:.0%} of the training rows held out"
                    measuring.validate_rows(self.session, self.tuned, x, y, evidence)

    def _distinct(self, held: list[tuple[Any, Any]]) -> tuple[np.ndarray, np.ndarray]:
        first = {row.tobytes(): (row, label) for row, label in held}
        if len(held) < RECURRING * len(first):
            raise TweakError("the batches' rows do not recur, so copies of what is held out cannot be told apart")
        return np.stack([row for row, _ in first.values()]), np.stack([label for _, label in first.values()])


class Tape:
    """What goes through a model that a script trains with a gradient tape."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.optimizers: list[Any] = []
        self.last: tuple[Any, Any] | None = None
        self.recorders: dict[int, tuple[FittedModel, watching.Recorder]] = {}
        self.trained: FittedModel | None = None
        self.shown: list[tuple[Any, Any]] = []

    def steps(self) -> int:
        """How often any optimizer of the script has stepped."""
        return sum(int(optimizer.iterations) for optimizer in self.optimizers)

    def called(self, model: Any, x: Any) -> None:
        """The script called a model; ``x`` may be a symbol."""
        self.last = (model, x)

    def step(self, original: Callable[..., Any], optimizer: Any, *args: Any, **kw: Any) -> Any:
        """An optimizer steps, or is traced to step."""
        result = original(optimizer, *args, **kw)
        if not any(optimizer is known for known in self.optimizers):
            self.optimizers.append(optimizer)
        if self.last is not None:
            model, x = self.last
            self.trained = self.session.find(model)
            if self.trained is None:
                self.trained = self.session.fitted(model, None, None)
                self._remember(self.trained)
            session, earlier = self.session, self.session.evaluations
            session.evaluations = [e for e in earlier if e.model is not model or not e.splits]  # before the last step
            if isinstance(x, np.ndarray) or (hasattr(x, "numpy") and tf.executing_eagerly()):
                self._note(x, None)
        return result

    def _remember(self, known: FittedModel) -> None:
        recorder = watching.Recorder(None)
        known.seen = SeenRows(None, recorder.keys)
        source = watching.Source(None, lambda: (recorder.load()[0], None), known.seen, recorder)
        known.facts.update({"fit": {}, "signature": None, "written": "", "source": source, "note": NOT_TUNED})
        self.recorders[known.ordinal] = (known, recorder)

    def _note(self, x: Any, y: Any) -> None:
        if self.trained is None or self.trained.ordinal not in self.recorders:
            return
        _, recorder = self.recorders[self.trained.ordinal]
        self.shown = []
        x = np.asarray(x)
        recorder.note((x, np.zeros(len(x)) if y is None else np.asarray(y)))

    def passed(self, args: tuple[Any, ...], stepped: bool) -> None:
        """A ``tf.function`` of the script was called with arrays of rows."""
        arrays = [np.asarray(a) for a in args if isinstance(a, np.ndarray | tf.Tensor)]
        arrays = [a for a in arrays if a.ndim]
        if not arrays or self.trained is None:
            return
        x = arrays[0]
        y = next((a for a in arrays[1:] if len(a) == len(x)), None)
        if stepped:
            self._note(x, y)
        elif y is not None:
            self.shown.append((x, y))

    def end(self) -> None:
        """Score the model on the rows that went through it after its last step."""
        for known, recorder in self.recorders.values():
            if not recorder.keys:  # what it was trained on was not seen: nothing can be shown to be test data
                known.seen = SeenRows(watching.deferred(recorder.load))
            known.total = len(recorder.keys) or None
        if self.trained is None or not self.shown:
            return
        x, y = data.join([x for x, _ in self.shown]), data.join([y for _, y in self.shown])
        if rows.has_classes(y):
            evidence = "rows given to the model after its last step"
            for column in measuring.columns_for(self.session, self.trained.model, x, y):
                self.session.evaluated(self.trained.model, x, column.truth, column.labels, evidence)


def _watch_functions(session: Session, tape: Tape) -> None:
    """See the arrays that the script gives to what it has made a ``tf.function``."""
    owner = next(base for base in type(tf.function(lambda: 0)).__mro__ if "__call__" in base.__dict__)
    original: Callable[..., Any] = owner.__dict__["__call__"]

    def call(function: Any, *args: Any, **kw: Any) -> Any:
        if not session.outermost or not tf.executing_eagerly():
            return original(function, *args, **kw)
        before = tape.steps()
        result = original(function, *args, **kw)
        try:
            tape.passed((*args, *kw.values()), tape.steps() > before)
        except Exception as error:
            session.fault(error)
        return result

    owner.__call__ = call  # type: ignore[method-assign]
