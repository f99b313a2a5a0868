"""The wrappers about Keras' ``compile`` and ``fit``."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import keras

from mlprojects.keras import describe as describing
from mlprojects.keras import labels, loops, measuring, rebuild, supply, watching
from mlprojects.sandbox import observers, rows, scoring
from mlprojects.sandbox.session import FittedModel, Session, TweakError, one_line, script_line
from mlprojects.sandbox.wrapping import ScriptError, wrap_method

SHARE_OF_TIME = 0.5
"""A trial of the search that would take more than this of what is left is given up: others fit into it."""


@dataclass
class State:
    """What is known of one live model: how it was compiled, and what its earlier fits held out."""

    compiled: dict[str, Any] = field(default_factory=dict)
    written: str = ""
    epochs: int = 0
    fits: int = 0
    test: supply.Before = field(default_factory=supply.Before)
    validation: supply.Before = field(default_factory=supply.Before)


States = WeakKeyDictionary[Any, State]


class EpochJournal(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes each epoch's logs. What the script itself validates on is named ``script_val_*``."""

    def __init__(self, session: Session, ordinal: int, epochs: int) -> None:
        super().__init__()
        self.session, self.ordinal, self.epochs = session, ordinal, epochs
        self.ends: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Append one ``epoch`` event."""
        prefix = "" if self.session.spec.role == "search" else "script_"
        named = {f"{prefix}{k}" if k.startswith("val_") else k: float(v) for k, v in (logs or {}).items()}
        self.session.journal.append("epoch", step=epoch, model=self.ordinal, logs=named)
        self.ends.append(time.monotonic())
        if self.session.spec.role == "search" and self.session.spec.tweak and len(self.ends) in (3, 10):
            self._require_time(epoch)

    def _require_time(self, epoch: int) -> None:
        each = (self.ends[-1] - self.ends[0]) / (len(self.ends) - 1)
        needed, left = each * (self.epochs - epoch - 1), self.session.spec.timeout_s
        if needed > SHARE_OF_TIME * left:
            raise TweakError(f"{self.epochs} epochs would take {needed:.0f} s, with {left:.0f} s left for the search")


def install(session: Session) -> None:
    """Wrap the methods where Keras defines them; every model class inherits them. Seeds Keras."""
    keras.utils.set_random_seed(session.spec.seed)
    observers.install(session)
    states: States = WeakKeyDictionary()
    for name, around in {"compile": _compile(states), "fit": _fit(session, states)}.items():
        wrap_method(session, owner_of(keras.Model, name), name, around)
    measuring.install(session, lambda model: _state(states, model).compiled)
    loops.install(session, lambda model: _state(states, model).compiled)
    session.at_end.append(lambda: resolve(session))


def owner_of(cls: type, name: str) -> type:
    """The class that defines a method of ``cls``."""
    return next(base for base in cls.__mro__ if name in base.__dict__)


def describe(_: Session, known: FittedModel) -> dict[str, Any]:
    """The gated model as facts for the space; see :func:`mlprojects.keras.describe.describe`."""
    return describing.describe(known.model, known.x, known.y, known.facts)


def resolve(session: Session) -> None:
    """Read, now that the script has ended, what its models were fitted on."""
    for known in session.models:
        source = known.facts["source"]
        try:
            known.x, known.y = source.load()
        except TweakError:
            known.x = known.y = None
        known.facts["task"] = labels.task(known.model, known.y)
        last = next((e for e in reversed(session.evaluations) if e.ordinal == known.ordinal and e.honest), None)
        if last is not None and last.model is not known.model and known.is_about(last.model):
            known.artifact = last.model


def _state(states: States, model: Any) -> State:
    if model not in states:
        states[model] = State()
    return states[model]


def _compile(states: States) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, *args: Any, **kw: Any) -> Any:
        bound = inspect.signature(keras.Model.compile).bind(model, *args, **kw)
        _state(states, model).compiled = dict(list(bound.arguments.items())[1:])
        return original(model, *args, **kw)

    return around


def _fit(session: Session, states: States) -> Callable[..., Any]:
    signature = inspect.signature(keras.Model.fit)

    def around(original: Callable[..., Any], model: Any, *args: Any, **kw: Any) -> Any:
        bound = signature.bind(model, *args, **kw)
        bound.apply_defaults()
        arguments = dict(list(bound.arguments.items())[1:])
        spec, state = session.spec, _state(states, model)
        known = session.find(model) or _alike(session, model, arguments)
        ordinal = known.ordinal if known else len(session.models)
        if state.fits == 0:
            state.epochs = int(arguments["epochs"])
            state.written = measuring.structure_of(model)
        facts = {
            "fit": {name: value for name, value in arguments.items() if name not in ("x", "y")},
            "epochs": state.epochs,
            "signature": signature_of(session, model, arguments) if state.fits == 0 else None,
            "written": state.written,
            "batches": arguments["y"] is None,
        }
        as_written = not spec.tweak and spec.role != "search" and not spec.holdout_fraction
        try:
            if as_written or not session.gated(ordinal):
                return _fit_as_written(session, original, model, arguments, facts, known)
            return _fit_tuned(session, original, model, arguments, facts, known, state)
        finally:
            state.fits += 1

    return around


def signature_of(session: Session, model: Any, arguments: dict[str, Any]) -> str:
    """Equal for the models of a script's own folds: the same line fits the same layers in the same way."""
    optimizer = getattr(model, "optimizer", None)
    parts = [
        script_line(session.paths),
        measuring.structure_of(model),
        None if optimizer is None else {k: v for k, v in optimizer.get_config().items() if k != "name"},
        labels.loss_name(model),
        [arguments["epochs"], arguments["batch_size"]],
    ]
    return json.dumps(parts, default=str, sort_keys=True)


def _alike(session: Session, model: Any, arguments: dict[str, Any]) -> FittedModel | None:
    """The record that a model not fitted before belongs to: that of the other folds."""
    signature = signature_of(session, model, arguments)
    return next((known for known in session.models if known.facts["signature"] == signature), None)


def remember(
    session: Session, model: Any, source: watching.Source, facts: dict[str, Any], known: FittedModel | None
) -> FittedModel:
    """Record a fit. Rows of the model's earlier fits stay known; other folds have their own."""
    earlier = known.seen_by(model) if known is not None and known.is_about(model) else None
    if known is None:
        known = session.fitted(model, None, None)
        known.facts.update(facts)
    else:
        if not known.is_about(model):
            known.others.append((known.model, known.seen))
            known.model = model
        known.fits += 1
        facts = {**facts, "signature": known.facts["signature"]}
        known.facts.update(facts)
    known.seen = source.seen
    if earlier is not None:
        known.seen.more.append(earlier)
    known.others = [(other, seen) for other, seen in known.others if other is not model]
    known.model = model
    known.facts["source"] = source
    return known


def _fit_as_written(
    session: Session,
    original: Callable[..., Any],
    model: Any,
    arguments: dict[str, Any],
    facts: dict[str, Any],
    known: FittedModel | None,
) -> Any:
    given, source = watching.watch(arguments)
    given, validation = measuring.watch_validation(given)
    ordinal = known.ordinal if known else len(session.models)
    history = _run(session, original, model, given, ordinal)
    if not (known and known.is_about(model)):
        facts |= describing.at_fit(model, arguments["x"])
    remember(session, model, source, facts, known)
    measuring.evaluate_validation_data(session, model, validation)
    return history


def _fit_tuned(
    session: Session,
    original: Callable[..., Any],
    model: Any,
    arguments: dict[str, Any],
    facts: dict[str, Any],
    known: FittedModel | None,
    state: State,
) -> Any:
    """Fit with the tweak applied, on the rows that may be trained on.

    The structure is changed at the first fit only: a later fit of the same model goes on with its weights.
    """
    spec, tweak = session.spec, session.spec.tweak
    given, source = watching.watch(arguments)
    tuned, test, validation, steering = given, None, None, False
    left: Any = None
    if spec.role == "search" or spec.holdout_fraction or "scaler" in tweak:
        try:
            left = supply.supply_of(arguments)
            if spec.holdout_fraction:
                left, test = left.without(spec.holdout_fraction, spec.seed, state.test)
                state.test.note(test[0])
            if spec.role == "search":
                left, validation = left.without(spec.validation_fraction, spec.seed, state.validation)
                state.validation.note(validation[0], left.rows()[0])
        except TweakError:
            if spec.role != "search" or spec.holdout_fraction or arguments["validation_data"] is None:
                raise
            left, steering = None, True
    if left is not None and (test is not None or validation is not None):
        tuned = left.arguments(arguments)
        x, y, _ = left.rows()
        seen = rows.SeenRows(x)
        source = watching.Source(arguments["x"], lambda: (x, y), seen)
    if validation is not None:
        tuned = {**tuned, "validation_data": validation, "validation_split": 0.0, "validation_steps": None}
    if state.fits == 0:
        facts |= describing.at_fit(model, left.rows()[0] if left is not None else arguments["x"])
        rebuild.apply(model, tweak, left.rows()[0] if left is not None else None, state.compiled)
    if "epochs" in tweak:
        tuned = {**tuned, "epochs": max(1, round(int(arguments["epochs"]) * int(tweak["epochs"] or 1) / state.epochs))}
    if tweak.get("batch_size") and tuned["y"] is not None:
        tuned = {**tuned, "batch_size": int(tweak["batch_size"] or 32)}
    ordinal = known.ordinal if known else len(session.models)
    tuned, watched = measuring.watch_validation(tuned)
    try:
        history = _run(session, original, model, tuned, ordinal)
    except ScriptError as error:
        if isinstance(error.cause, TweakError):
            raise error.cause from error
        raise TweakError(one_line(error.cause)) from error
    known = remember(session, model, source, facts, known)
    if validation is not None:
        _score_validation(session, known, model, validation)
    elif steering:
        measuring.steer_by_validation_data(session, known, model, watched)
    elif test is None:
        measuring.evaluate_validation_data(session, model, watched)
    if test is not None:
        session.evaluated_holdout(model, test[1], measuring.labels_for(session, model, test[0]))
    return history


def _score_validation(session: Session, known: FittedModel, model: Any, validation: tuple[Any, Any]) -> None:
    """The validation score: of this fit, or of all folds so far."""
    spec = session.spec
    scores = known.facts.setdefault("validated", {})
    scores[id(model)] = (rows.class_labels(validation[1]), measuring.labels_for(session, model, validation[0]))
    evidence = f"{spec.validation_fraction:.0%} of the training rows held out"
    if len(scores) > 1:
        evidence += f", {len(scores)} folds together"
    scored = scoring.evaluate(spec.metric, *measuring.together(list(scores.values())))
    session.journal.append("evaluated", split="validation", evidence=evidence, **scored)


def _run(session: Session, original: Callable[..., Any], model: Any, arguments: dict[str, Any], ordinal: int) -> Any:
    journal = EpochJournal(session, ordinal, int(arguments["epochs"]))
    with session.fitting():
        return original(model, **{**arguments, "callbacks": _with_journal(arguments["callbacks"], journal)})


def _with_journal(callbacks: Any, journal: EpochJournal) -> Any:
    if callbacks is None:
        return [journal]
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks.append(journal)
        return callbacks
    return [*callbacks, journal] if isinstance(callbacks, list | tuple) else [callbacks, journal]
