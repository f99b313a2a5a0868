"""Training with a gradient tape, without ``fit``.

The model of a tape is the one that was called last before its optimizer stepped; the rows of that call, or of the
``tf.function`` about it, are its training rows. Rows that go through the model afterwards, without a step, are what
the script evaluates. Where the batches come from a ``tf.data`` data set, rows are held out of its passes, and the
layers and the learning rate are tuned; the number of passes is the script's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from mlprojects.keras import data, framework, measuring, metric_objects, rebuild, stack, watching
from mlprojects.keras import describe as describing
from mlprojects.keras.sifting import Passes
from mlprojects.sandbox import rows
from mlprojects.sandbox.seen import SeenRows
from mlprojects.sandbox.session import FittedModel, Session, TweakError
from mlprojects.sandbox.wrapping import wrap_method

NOT_TUNED = (
    "trained in a loop of its own on batches that it cuts itself: it is measured, not tuned; "
    "rows could be held out of a tf.data data set, or by fit"
)


def install(session: Session) -> None:
    """Wrap the optimizers' steps, passes over data sets, and what the script has made a ``tf.function``."""
    tape = Tape(session)
    for name in ("apply_gradients", "apply"):
        for base in framework.optimizer_classes():
            if name in base.__dict__:
                wrap_method(session, base, name, tape.step)
    session.calling.append(tape.calling)
    session.called.append(tape.called)
    _watch_functions(session, tape)
    session.at_end.append(tape.end)
    metric_objects.install(session, tape.steps)


class Tape:
    """What goes through a model that a script trains with a gradient tape."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.optimizers: list[Any] = []
        self.last: tuple[Any, Any] | None = None
        self.recorders: dict[int, tuple[FittedModel, watching.Recorder]] = {}
        self.trained: FittedModel | None = None
        self.shown: list[tuple[Any, Any]] = []
        self.passes = Passes(session, self.steps)
        self.first: Any = None
        """The model that was called first: the layers of a tweak are its."""
        self.facts: dict[str, Any] = {}

    def steps(self) -> int:
        """How often any optimizer of the script has stepped."""
        return sum(int(optimizer.iterations) for optimizer in self.optimizers)

    def calling(self, model: Any, x: Any) -> None:
        """The script is about to call a model."""
        spec = self.session.spec
        if self.first is not None or self.session.models or not framework.tape_records():
            return
        self.first = model
        with tf.init_scope():
            self.facts = describing.at_fit(model, x) | {"scalable": False}
            layers = {name: value for name, value in spec.tweak.items() if name in stack.STRUCTURE}
            if layers and framework.IS_KERAS_3:
                rebuild.apply(model, layers, x, {})

    def called(self, model: Any, x: Any) -> None:
        """The script called a model; ``x`` may be a symbol."""
        self.last = (model, x)

    def step(self, original: Callable[..., Any], optimizer: Any, *args: Any, **kw: Any) -> Any:
        """An optimizer steps, or is traced to step."""
        if not any(optimizer is known for known in self.optimizers):
            with tf.init_scope():
                self._first_step(optimizer)
            self.optimizers.append(optimizer)
        result = original(optimizer, *args, **kw)
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

    def _first_step(self, optimizer: Any) -> None:
        """Before any step: note the rate that the script has, and turn it."""
        rate = framework.learning_rate(optimizer)
        self.facts["rate"] = rate if not self.optimizers else None  # of several, none is the model's own
        wanted = self.session.spec.tweak.get("learning_rate")
        if wanted is not None and rate is not None and not self.optimizers:
            optimizer.learning_rate = float(wanted)

    def _remember(self, known: FittedModel) -> None:
        recorder = watching.Recorder(None)
        known.seen = SeenRows(None, recorder.keys)
        source = watching.Source(None, lambda: (recorder.load()[0], None), known.seen, recorder)
        known.facts.update({"fit": {}, "signature": None, "written": "", "source": source, "tape": True})
        self.recorders[known.ordinal] = (known, recorder)

    def _settle(self, known: FittedModel) -> None:
        """What of it can be tuned, and in a tuned trial its score on what was kept aside.

        Raises:
            TweakError: the tweak was made to another model, or nothing could be kept aside.
        """
        spec, mine = self.session.spec, self.first is known.model and len(self.recorders) == 1
        if self.passes.trained and mine:
            known.facts["labels"] = self.passes.labels
            known.facts.update(self.facts if framework.IS_KERAS_3 else {**self.facts, "layers": {}})
        else:
            known.facts["note"] = NOT_TUNED
        if spec.as_written or not self.session.gated(known.ordinal):
            return
        if not self.passes.trained or not mine:
            raise TweakError(NOT_TUNED)
        self.passes.sieve.score(known.model)

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
            known.total = (len(recorder.keys) + self.passes.sieve.rows()) or None
            self._settle(known)
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
