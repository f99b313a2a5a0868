"""The wrappers about Keras' ``compile`` and ``fit``."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import keras

from mlprojects.keras import copies, device, framework, labels, loops, measuring, outputs, watching
from mlprojects.keras import describe as describing
from mlprojects.keras.running import State, ended_early, remember, run
from mlprojects.keras.tuning import fit_tuned
from mlprojects.sandbox import observers
from mlprojects.sandbox.session import FittedModel, Session, TweakError, script_line
from mlprojects.sandbox.wrapping import wrap_method

States = WeakKeyDictionary[Any, State]


def install(session: Session) -> None:
    """Wrap the methods where Keras defines them; every model class inherits them. Seeds Keras."""
    device.take()
    keras.utils.set_random_seed(session.spec.seed)
    observers.install(session)
    states: States = WeakKeyDictionary()
    for owner in framework.owners("compile"):
        wrap_method(session, owner, "compile", _compile(states, inspect.signature(owner.__dict__["compile"])))
    for owner in framework.owners("fit"):
        wrap_method(session, owner, "fit", _fit(session, states, inspect.signature(owner.__dict__["fit"])))
    measuring.install(session)
    copies.install(session, lambda model: _state(states, model).compiled)
    loops.install(session, lambda model: _state(states, model).compiled)
    session.at_end.append(lambda: resolve(session))


def describe(_: Session, known: FittedModel) -> dict[str, Any]:
    """The gated model as facts for the space; see :func:`mlprojects.keras.describe.describe`."""
    return describing.describe(known.model, known.x, known.y, known.facts)


def resolve(session: Session) -> None:
    """Read, now that the script has ended, what its models were fitted on."""
    for known in session.models:
        source: watching.Source = known.facts["source"]
        try:
            known.x, known.y = source.load()
        except TweakError:
            known.x = known.y = None
        if known.y is None and known.facts.get("tape"):  # a tape's labels pass the model by
            mine = [e for e in session.validations if e.ordinal == known.ordinal]
            known.y = next((e.truth for e in [*reversed(session.honest_of(known.ordinal)), *mine]), None)
            if known.y is None and "labels" in known.facts:
                known.y = known.facts["labels"]()
        if source.recorder is not None and not source.recorder.recurs():
            known.facts["scalable"] = False  # a scaler is fitted on known rows
        several = outputs.is_table(known.y)
        known.facts["task"] = outputs.task(known, known.y) if several else labels.task(known.model, known.y)
        tests = session.honest_of(known.ordinal)
        if tests and tests[-1].model is not known.model and known.is_about(tests[-1].model):
            known.artifact = tests[-1].model


def _state(states: States, model: Any) -> State:
    if model not in states:
        states[model] = State()
    return states[model]


def _named(bound: inspect.BoundArguments) -> dict[str, Any]:
    """The arguments by name, without the model; those that ``**kwargs`` took are among them."""
    named = dict(list(bound.arguments.items())[1:])
    others = named.pop("kwargs", {})
    return {**named, **others}


def _compile(states: States, signature: inspect.Signature) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, *args: Any, **kw: Any) -> Any:
        _state(states, model).compiled = _named(signature.bind(model, *args, **kw))
        return original(model, *args, **kw)

    return around


def _fit(session: Session, states: States, signature: inspect.Signature) -> Callable[..., Any]:
    def around(original: Callable[..., Any], model: Any, *args: Any, **kw: Any) -> Any:
        bound = signature.bind(model, *args, **kw)
        bound.apply_defaults()
        arguments = _named(bound)
        spec, state = session.spec, _state(states, model)
        known = session.find(model) or _alike(session, model, arguments)
        ordinal = known.ordinal if known else len(session.models)
        if state.fits == 0:
            state.epochs = int(arguments["epochs"])
            state.written = copies.structure_of(model)
        facts = {
            "fit": {name: value for name, value in arguments.items() if name not in ("x", "y")},
            "epochs": state.epochs,
            "signature": signature_of(session, model, arguments) if state.fits == 0 else None,
            "written": state.written,
            "batches": arguments["y"] is None,
            "compiled": state.compiled,
        }
        try:
            if spec.as_written or not session.gated(ordinal):
                return _fit_as_written(session, original, model, arguments, facts, known)
            return fit_tuned(session, original, model, arguments, facts, known, state)
        finally:
            state.fits += 1

    return around


def signature_of(session: Session, model: Any, arguments: dict[str, Any]) -> str:
    """Equal for the models of a script's own folds: the same line fits the same layers in the same way."""
    optimizer = getattr(model, "optimizer", None)
    parts = [
        script_line(session.paths),
        copies.structure_of(model),
        None if optimizer is None else {k: v for k, v in optimizer.get_config().items() if k != "name"},
        labels.loss_name(model),
        [arguments["epochs"], arguments["batch_size"]],
    ]
    return json.dumps(parts, default=str, sort_keys=True)


def _alike(session: Session, model: Any, arguments: dict[str, Any]) -> FittedModel | None:
    """The record that a model not fitted before belongs to: that of the other folds."""
    signature = signature_of(session, model, arguments)
    return next((known for known in session.models if known.facts["signature"] == signature), None)


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
    history = run(session, original, model, given, ordinal)
    facts["ended_early"] = ended_early(history, given)
    if not (known and known.is_about(model)):
        facts |= describing.at_fit(model, arguments["x"])
    remember(session, model, source, facts, known)
    measuring.evaluate_validation_data(session, model, validation)
    return history
