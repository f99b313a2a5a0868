"""A fit with the tweak applied, on the rows that may be trained on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlprojects.keras import data, measuring, optimizing, outputs, rebuild, supply, watching
from mlprojects.keras import describe as describing
from mlprojects.keras.running import State, ended_early, remember, run
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
    needed = spec.role == "search" or bool(spec.holdout_fraction) or "scaler" in tweak
    unbuilt = "conv_layers" in tweak and not getattr(model, "inputs", None)
    if needed or (unbuilt and not rebuild.row_shape(model, arguments["x"])):
        try:
            left = supply.supply_of(arguments)
            if spec.holdout_fraction:
                left, test = left.without(spec.holdout_fraction, spec.seed, state.test)
                state.test.note(test[0])
            if spec.role == "search":
                left, validation = left.without(spec.validation_fraction, spec.seed, state.validation)
                state.validation.note(validation[0], left.rows()[0])
        except TweakError:
            if needed and (spec.role != "search" or spec.holdout_fraction or arguments["validation_data"] is None):
                raise
            left, steering = None, needed
    if left is not None and (test is not None or validation is not None or data.is_stream(arguments["x"])):
        tuned = left.arguments(arguments)
        x, y, _ = left.rows()
        seen = SeenRows(x)
        source = watching.Source(arguments["x"], lambda: (x, y), seen)
    elif given["y"] is None:
        tuned = supply.within_a_pass(given)
    if validation is not None:
        held = (validation[0], outputs.as_given(validation[1]))
        tuned = {**tuned, "validation_data": held, "validation_split": 0.0, "validation_steps": None}
    longer = int(tweak.get("epochs") or state.epochs) / state.epochs
    batch = int(tuned["batch_size"] or 32)
    resized = int(tweak.get("batch_size") or batch) if tuned["y"] is not None else batch
    if state.fits == 0:
        training = left.rows()[0] if left is not None else arguments["x"]
        facts |= describing.at_fit(model, training)
        rebuild.apply(model, tweak, training, state.compiled, longer * batch / resized)
    if longer != 1.0:
        tuned = {**tuned, "epochs": max(1, round(int(tuned["epochs"]) * longer))}
        optimizing.stretch_callbacks(optimizing.callbacks_of(tuned["callbacks"]), longer)
    if resized != batch:
        tuned = {**tuned, "batch_size": resized}
    ordinal = known.ordinal if known else len(session.models)
    tuned, watched = measuring.watch_validation(tuned)
    try:
        history = run(session, original, model, tuned, ordinal)
    except ScriptError as error:
        if isinstance(error.cause, TweakError):
            raise error.cause from error
        raise TweakError(one_line(error.cause)) from error
    facts["ended_early"] = ended_early(history, tuned)
    known = remember(session, model, source, facts, known)
    if validation is not None:
        evidence = f"{spec.validation_fraction:.0%} of the training rows held out"
        measuring.validate_rows(session, model, validation[0], validation[1], evidence)
    elif steering:
        measuring.steer_by_validation_data(session, known, model, watched)
    elif test is None:
        measuring.evaluate_validation_data(session, model, watched)
    if test is not None:
        for column in measuring.columns_for(session, model, test[0], test[1]):
            session.evaluated_holdout(model, column.truth, column.labels, test[0], column.output)
    return history
