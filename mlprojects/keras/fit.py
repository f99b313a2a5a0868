"""The wrappers about Keras' ``compile``, ``fit``, ``evaluate`` and ``predict``."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from mlprojects.keras import data, rebuild
from mlprojects.sandbox import observers, rows, scoring
from mlprojects.sandbox.session import FittedModel, Session, TweakError, one_line
from mlprojects.sandbox.wrapping import ScriptError, wrap_method

MEASURED = ("classification", "regression")


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
    for name, around in {
        "compile": _compile(compiled),
        "fit": _fit(session, compiled),
        "evaluate": _evaluate(session),
        "predict": _predict(session),
    }.items():
        owner = next(cls for cls in keras.Model.__mro__ if name in cls.__dict__)
        wrap_method(session, owner, name, around)


def describe(_: Session, known: FittedModel) -> dict[str, Any]:
    """The gated model as facts for the space; see :func:`mlprojects.keras.rebuild.describe`."""
    return rebuild.describe(known.model, known.x, known.facts["fit"], known.fits)


def _compile(compiled: dict[int, dict[str, Any]]) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, *args: Any, **kw: Any) -> Any:
        bound = inspect.signature(keras.Model.compile).bind(model, *args, **kw)
        compiled[id(model)] = dict(list(bound.arguments.items())[1:])
        return original(model, *args, **kw)

    return around


def _fit(session: Session, compiled: dict[int, dict[str, Any]]) -> Callable[..., Any]:
    signature = inspect.signature(keras.Model.fit)

    def around(original: Callable[..., Any], model: Any, *args: Any, **kw: Any) -> Any:
        bound = signature.bind(model, *args, **kw)
        bound.apply_defaults()
        arguments = dict(list(bound.arguments.items())[1:])
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
        task = known.facts["task"]
        truth = validation[1] if task == "regression" else rows.class_labels(validation[1])
        scored = scoring.evaluate(spec.metric, truth, _labels(session, model, validation[0]), task)
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
    """The labels that the model gives to rows; of a regression its numbers."""
    with session.inside():
        outputs = model.predict(x, verbose=0)
    return _read(session.find(model), model, outputs)


def _read(known: FittedModel | None, model: Any, outputs: Any) -> np.ndarray:
    if known is not None and known.facts["task"] == "regression" and isinstance(outputs, np.ndarray):
        return outputs[:, 0] if outputs.ndim == 2 and outputs.shape[1] == 1 else outputs
    return data.labels_of(model, outputs)


def _evaluate_validation_data(session: Session, model: Any, given: Any) -> None:
    """Data given to ``fit`` as ``validation_data`` is test data until the script evaluates other rows."""
    if given is not None:
        x, y = (given[0], given[1]) if isinstance(given, list | tuple) else (given, None)
        _evaluate_rows(session, model, x, y, "validation_data of fit")


def _evaluate_rows(session: Session, model: Any, x: Any, y: Any, evidence: str) -> None:
    """Record an evaluation, where the rows can be had and have one class each; else there is none."""
    known = session.find(model)
    if known is None or known.facts["task"] not in MEASURED:
        return
    with contextlib.suppress(TweakError):
        with session.inside():
            x, y, _, _ = data.arrays(x, y, None)
        if known.facts["task"] == "regression" or rows.has_classes(y):
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
        if known is not None and known.facts["task"] in MEASURED and isinstance(result, np.ndarray):
            session.predicted(model, x, _read(known, model, result))
        return result

    return around
