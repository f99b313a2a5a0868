"""A fit with the tweak applied, on the rows that may be trained on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlprojects.keras import data, measuring, rebuild, supply, watching
from mlprojects.keras import describe as describing
from mlprojects.keras.running import State, remember, run
from mlprojects.sandbox.seen import SeenRows
from mlprojects.sandbox.session import FittedModel, Session, TweakError, one_line
from mlprojects.sandbox.wrapping import ScriptError


def fit_tuned(
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
    if left is not None and (test is not None or validation is not None or data.is_stream(arguments["x"])):
        tuned = left.arguments(arguments)
        x, y, _ = left.rows()
        seen = SeenRows(x)
        source = watching.Source(arguments["x"], lambda: (x, y), seen)
    elif given["y"] is None:
        tuned = supply.within_a_pass(given)
    if validation is not None:
        tuned = {**tuned, "validation_data": validation, "validation_split": 0.0, "validation_steps": None}
    if state.fits == 0:
        facts |= describing.at_fit(model, left.rows()[0] if left is not None else arguments["x"])
        rebuild.apply(model, tweak, left.rows()[0] if left is not None else None, state.compiled)
    if "epochs" in tweak:
        tuned = {**tuned, "epochs": max(1, round(int(tuned["epochs"]) * int(tweak["epochs"] or 1) / state.epochs))}
    if tweak.get("batch_size") and tuned["y"] is not None:
        tuned = {**tuned, "batch_size": int(tweak["batch_size"] or 32)}
    ordinal = known.ordinal if known else len(session.models)
    tuned, watched = measuring.watch_validation(tuned)
    try:
        history = run(session, original, model, tuned, ordinal)
    except ScriptError as error:
        if isinstance(error.cause, TweakError):
            raise error.cause from error
        raise TweakError(one_line(error.cause)) from error
    known = remember(session, model, source, facts, known)
    if validation is not None:
        evidence = f"{spec.validation_fraction:.0%} of the training rows held out"
        labels = measuring.labels_for(session, model, validation[0])
        session.validated(model, validation[1], labels, evidence, validation[0])
    elif steering:
        measuring.steer_by_validation_data(session, known, model, watched)
    elif test is None:
        measuring.evaluate_validation_data(session, model, watched)
    if test is not None:
        session.evaluated_holdout(model, test[1], measuring.labels_for(session, model, test[0]), test[0])
    return history
