"""The wrappers about what a script does with a fitted model: ``evaluate``, ``predict``, calls."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from mlprojects.keras import data, framework, labels, outputs, watching
from mlprojects.keras.forward import outputs_of
from mlprojects.sandbox import rows
from mlprojects.sandbox.seen import SeenRows, Variants
from mlprojects.sandbox.session import FittedModel, Session, TweakError
from mlprojects.sandbox.wrapping import wrap_method


def install(session: Session) -> None:
    """Wrap the methods where Keras defines them."""
    for owner in framework.owners("evaluate"):
        wrap_method(session, owner, "evaluate", _evaluate(session, inspect.signature(owner.__dict__["evaluate"])))
    predicts = _predict(session)
    for name, around in {"predict": predicts, "predict_on_batch": predicts, "__call__": _call(session)}.items():
        for owner in framework.owners(name):
            wrap_method(session, owner, name, around)


def columns_for(session: Session, model: Any, x: Any, y: Any) -> list[outputs.Column]:
    """The truth and the labels that ``model`` gives to rows, for each output that counts."""
    known = session.find(model)
    with session.inside():
        # What is reported is what predict gives, to the last digit; what steers has only to be as good.
        given = outputs_of(model, x) if session.spec.role == "search" else model.predict(x, verbose=0)
        return outputs.columns(known, model, given, y, _fitted_labels(known))


def _fitted_labels(known: FittedModel | None) -> Any:
    """Labels of the fit, where they are at hand without reading a data set."""
    source = known.facts.get("source") if known is not None else None
    return source.load()[1] if source is not None and rows.is_plain(source.given) else None


def watch_validation(arguments: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """What ``fit`` is to be called with, and what its ``validation_data`` turns out to be, to be read later."""
    given = arguments["validation_data"]
    if not data.is_stream(given) or given is None:
        return arguments, given
    recorder = watching.Recorder(given, most=int(arguments.get("validation_steps") or 1))
    return {**arguments, "validation_data": recorder.run()}, recorder


def _pair(given: Any) -> tuple[Any, Any]:
    """X and y of what ``validation_data`` was."""
    if isinstance(given, watching.Recorder):
        return given.load()
    return (given[0], given[1]) if isinstance(given, list | tuple) else (given, None)


def evaluate_validation_data(session: Session, model: Any, given: Any) -> None:
    """Data given to ``fit`` as ``validation_data`` is test data until the script evaluates other rows."""
    if given is not None:
        with contextlib.suppress(TweakError):
            evaluate_rows(session, model, *_pair(given), "validation_data of fit")


def steer_by_validation_data(session: Session, known: FittedModel, model: Any, given: Any) -> None:
    """Score a trial of the search on the script's own ``validation_data``, where its test data is other data.

    Raises:
        TweakError: it cannot be read; at the script's end, that it is the test data.
    """
    x, y = _pair(given)
    with session.inside():
        x, y, _, _ = data.arrays(x, y, None)
    validate_rows(session, model, x, y, "validation_data of fit; the script's test data is other data")

    def tell() -> None:
        own = SeenRows(x)
        tests = session.honest_of(known.ordinal)
        if not tests or any(own.contain(e.x) for e in tests):
            raise TweakError(
                "rows cannot be held out of the training data, and validation_data is the test data: nothing is left "
                "to steer by"
            )

    session.at_end.append(tell)


def validate_rows(session: Session, model: Any, x: Any, y: Any, evidence: str) -> None:
    """Score a trial of the search on rows that it was not trained on."""
    for column in columns_for(session, model, x, y):
        session.validated(model, column.truth, column.labels, evidence, x, column.output)


def evaluate_rows(session: Session, model: Any, x: Any, y: Any, evidence: str) -> None:
    """Record an evaluation, where the rows can be had and have one class each; else there is none."""
    known = session.find(model)
    if known is None or x is known.facts["source"].given:
        return
    with contextlib.suppress(TweakError):
        given = x
        with session.inside():
            x, y, _, _ = data.arrays(x, y, None)
        if not outputs.is_table(y) and labels.task(model, y) == "unreadable":
            return
        for column in columns_for(session, model, x, y):
            session.evaluated(model, _comparable(given, x), column.truth, column.labels, evidence, column.output)


def _comparable(given: Any, x: Any) -> Any:
    """Rows as they are compared with training rows: of image generators also as they are on disk."""
    if not data.is_image_iterator(given):
        return x
    raw = watching.deferred(lambda: data.still_images(given, np.arange(given.n), raw=True)[0])
    return Variants([x, raw])


def _evaluate(session: Session, signature: inspect.Signature) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, *args: Any, **kw: Any) -> Any:
        bound = signature.bind(model, *args, **kw)
        x, y = bound.arguments.get("x"), bound.arguments.get("y")
        recorder = None
        if data.is_stream(x) and session.find(model) is not None:
            recorder = watching.Recorder(x, most=bound.arguments.get("steps"))
            bound.arguments["x"] = recorder.run()
        result = original(*bound.args, **bound.kwargs)
        with contextlib.suppress(TweakError):
            if recorder is not None:
                x, y = recorder.load()
            evaluate_rows(session, model, x, y, "evaluate(x, y)")
        return result

    return around


def _predict(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, x: Any, *args: Any, **kw: Any) -> Any:
        result = original(model, x, *args, **kw)
        _predicted(session, model, x, result)
        return result

    return around


def _call(session: Session) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, *args: Any, **kw: Any) -> Any:
        if isinstance(model, keras.Model) and args and not _is_symbol(args[0]):
            for told in session.calling:
                told(model, args[0])
        result = original(model, *args, **kw)
        if isinstance(model, keras.Model) and args:
            for told in session.called:
                told(model, args[0])
        learns = kw.get("training") is True
        if isinstance(model, keras.Model) and len(args) == 1 and not learns and session.find(model) is not None:
            with contextlib.suppress(AttributeError, NotImplementedError):  # a symbol, not yet a number
                _predicted(session, model, args[0], outputs.each(result, lambda part: np.asarray(part.numpy())))
        return result

    return around


def _is_symbol(x: Any) -> bool:
    """Whether a model is called to build another one."""
    return any(type(part).__name__ == "KerasTensor" for part in (x if isinstance(x, list | tuple) else [x]))


def _predicted(session: Session, model: Any, x: Any, given: Any) -> None:
    known = session.find(model)
    if known is None or (isinstance(given, np.ndarray) and not given.ndim):
        return
    if data.is_image_iterator(x):
        rows_of_x: Any = _comparable(x, watching.deferred(lambda: data.still_images(x, np.arange(x.n))[0]))
    elif rows.is_plain(x):
        rows_of_x = x
    else:
        rows_of_x = watching.deferred(lambda: data.arrays(x, None, None)[0])
    for column in outputs.columns(known, model, given, None, _fitted_labels(known)):
        raw = column.given[:, 0] if column.given.ndim == 2 and column.given.shape[1] == 1 else column.given
        told = None  # a model that was never compiled says nothing of what it predicts
        if getattr(model, "loss", None) is None and isinstance(given, np.ndarray):
            told = functools.partial(labels.labels_of, model, given)
        session.predicted(model, rows_of_x, column.labels, (raw,), column.output, told)
