"""The wrappers about Keras' ``compile``, ``fit``, ``evaluate`` and ``predict``."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from mlprojects.keras import data, framework, rebuild
from mlprojects.sandbox import observers, rows, scoring
from mlprojects.sandbox.session import FittedModel, Session, TweakError, one_line
from mlprojects.sandbox.wrapping import ScriptError, wrap_method


class EpochJournal(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes each epoch's logs. What the script itself validates on is named ``script_val_*``."""

    def __init__(self, session: Session, ordinal: int) -> None:
        super().__init__()
        self.session, self.ordinal = session, ordinal

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Append one ``epoch`` event."""
        prefix = "" if self.session.spec.role == "search" else "script_"
        named = {f"{prefix}{k}" if k.startswith("val_") else k: float(v) for k, v in (logs or {}).items()}
        self.session.journal.append("epoch", step=epoch, model=self.ordinal, logs=named)


def install(session: Session) -> None:
    """Wrap the methods where Keras defines them; every model class inherits them. Seeds Keras."""
    keras.utils.set_random_seed(session.spec.seed)
    observers.install(session)
    compiled: dict[int, dict[str, Any]] = {}
    for owner in framework.owners("compile"):
        wrap_method(session, owner, "compile", _compile(compiled, inspect.signature(owner.__dict__["compile"])))
    for owner in framework.owners("fit"):
        wrap_method(session, owner, "fit", _fit(session, compiled, inspect.signature(owner.__dict__["fit"])))
    for name, around in {"evaluate": _evaluate(session), "predict": _predict(session)}.items():
        for owner in framework.owners(name):
            wrap_method(session, owner, name, around)


def describe(_: Session, known: FittedModel) -> dict[str, Any]:
    """The gated model as facts for the space; see :func:`mlprojects.keras.rebuild.describe`."""
    return rebuild.describe(known.model, known.x, known.facts["fit"], known.fits)


def _compile(compiled: dict[int, dict[str, Any]], signature: inspect.Signature) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, *args: Any, **kw: Any) -> Any:
        compiled[id(model)] = _named(signature.bind(model, *args, **kw))
        return original(model, *args, **kw)

    return around


def _named(bound: inspect.BoundArguments) -> dict[str, Any]:
    """The arguments by name, without the model; those that ``**kwargs`` took are among them."""
    named = dict(list(bound.arguments.items())[1:])
    others = named.pop("kwargs", {})
    return {**named, **others}


def _fit(session: Session, compiled: dict[int, dict[str, Any]], signature: inspect.Signature) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, *args: Any, **kw: Any) -> Any:
        bound = signature.bind(model, *args, **kw)
        bound.apply_defaults()
        arguments = _named(bound)
        spec = session.spec
        as_written = not spec.tweak and spec.role != "search" and not spec.holdout_fraction
        if as_written or not session.gated(session.ordinal_of(model)):
            return _fit_as_written(session, original, model, arguments)
        return _fit_tuned(session, original, model, arguments, compiled.get(id(model), {}))

    return around


def _fit_as_written(session: Session, original: Callable[..., Any], model: Any, arguments: dict[str, Any]) -> Any:
    history = _run(session, original, model, arguments)
    _remember(session, model, arguments)
    _evaluate_validation_data(session, model, arguments["validation_data"])
    return history


def _fit_tuned(
    session: Session,
    original: Callable[..., Any],
    model: Any,
    arguments: dict[str, Any],
    compiled: dict[str, Any],
) -> Any:
    """Fit with the tweak applied, on the rows that may be trained on.

    The structure is changed at the first fit only: a later fit of the same model goes on with its weights.
    """
    spec = session.spec
    first = session.find(model) is None
    x, y, weights, batch_size = data.arrays(arguments["x"], arguments["y"], arguments["sample_weight"])
    test = validation = None
    if spec.holdout_fraction:
        (x, y, weights), test = _hold_out((x, y, weights), spec.holdout_fraction, spec.seed)
    changes: dict[str, Any] = {}
    if spec.role == "search":
        (x, y, weights), validation = _hold_out((x, y, weights), spec.validation_fraction, spec.seed)
        changes = {"validation_data": validation, "validation_split": 0.0, "validation_steps": None}
    if first:
        rebuild.apply(model, spec.tweak, x, compiled)
        changes["epochs"] = int(spec.tweak.get("epochs") or arguments["epochs"])
    changes["batch_size"] = int(spec.tweak.get("batch_size") or arguments["batch_size"] or batch_size or 32)
    tuned = {**arguments, **changes, "x": x, "y": y, "sample_weight": weights}
    try:
        history = _run(session, original, model, tuned)
    except ScriptError as error:
        raise TweakError(one_line(error.cause)) from error
    known = _remember(session, model, tuned)
    if validation is not None:
        scored = scoring.evaluate(spec.metric, rows.class_labels(validation[1]), _labels(session, model, validation[0]))
        evidence = f"{spec.validation_fraction:.0%} of the training rows held out"
        session.journal.append("evaluated", split="validation", evidence=evidence, **scored)
    elif test is None:
        _evaluate_validation_data(session, model, arguments["validation_data"])
    if test is not None:
        session.evaluated_holdout(known.model, test[1], _labels(session, model, test[0]))
    return history


def _hold_out(parts: tuple[Any, Any, Any], fraction: float, seed: int) -> tuple[tuple[Any, Any, Any], tuple[Any, Any]]:
    """(x, y, weights) without the rows held out, and (x, y) of those rows."""
    x, y, weights = parts
    kept, out = rows.split(y, fraction, seed)
    return (rows.take(x, kept), rows.take(y, kept), rows.take(weights, kept)), (rows.take(x, out), rows.take(y, out))


def _run(session: Session, original: Callable[..., Any], model: Any, arguments: dict[str, Any]) -> Any:
    journal = EpochJournal(session, session.ordinal_of(model))
    with session.fitting():
        return original(model, **{**arguments, "callbacks": _with_journal(arguments["callbacks"], journal)})


def _with_journal(callbacks: Any, journal: EpochJournal) -> Any:
    if callbacks is None:
        return [journal]
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks.append(journal)
        return callbacks
    return [*callbacks, journal] if isinstance(callbacks, list | tuple) else [callbacks, journal]


def _remember(session: Session, model: Any, fit: dict[str, Any]) -> FittedModel:
    x, y = fit["x"], fit["y"]
    if y is None:
        try:
            x, y, _, _ = data.arrays(x, y, None)
        except TweakError:
            y = None
    known = session.fitted(model, x, y)
    known.facts["fit"] = {name: value for name, value in fit.items() if name not in ("x", "y")}
    known.facts["task"] = data.task(model, y)
    return known


def _labels(session: Session, model: Any, x: Any) -> np.ndarray:
    with session.inside():
        return data.labels_of(model, model.predict(x, verbose=0))


def _evaluate_validation_data(session: Session, model: Any, given: Any) -> None:
    """Data given to ``fit`` as ``validation_data`` is test data until the script evaluates other rows."""
    if given is not None:
        x, y = (given[0], given[1]) if isinstance(given, list | tuple) else (given, None)
        _evaluate_rows(session, model, x, y, "validation_data of fit")


def _evaluate_rows(session: Session, model: Any, x: Any, y: Any, evidence: str) -> None:
    """Record an evaluation, where the rows can be had and have one class each; else there is none."""
    known = session.find(model)
    if known is None or known.facts["task"] != "classification":
        return
    with contextlib.suppress(TweakError):
        with session.inside():
            x, y, _, _ = data.arrays(x, y, None)
        if rows.has_classes(y):
            session.evaluated(model, x, y, _labels(session, model, x), evidence)


def _evaluate(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, x: Any = None, y: Any = None, *args: Any, **kw: Any) -> Any:
        result = original(model, x, y, *args, **kw)
        _evaluate_rows(session, model, x, y, "evaluate(x, y)")
        return result

    return around


def _predict(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, x: Any, *args: Any, **kw: Any) -> Any:
        result = original(model, x, *args, **kw)
        known = session.find(model)
        if known is not None and known.facts["task"] == "classification" and isinstance(result, np.ndarray):
            session.predicted(model, x, data.labels_of(model, result))
        return result

    return around
