"""One fit of one model: recorded, its epochs written to the journal."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras

from mlprojects.contract import curves
from mlprojects.keras import framework, optimizing, resuming, supply, watching
from mlprojects.sandbox import rows
from mlprojects.sandbox.session import FittedModel, Session, TooLongError

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


class EpochJournal(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes each epoch's logs. What the script itself validates on is named ``script_val_*``."""

    def __init__(
        self,
        session: Session,
        ordinal: int,
        epochs: int,
        stops_early: bool = False,
        to_the_end: bool = False,
        validation_rows: int = 0,
    ) -> None:
        super().__init__()
        self.session, self.ordinal, self.epochs = session, ordinal, epochs
        self.stops_early, self.to_the_end, self.validation_rows = stops_early, to_the_end, validation_rows
        self.ends: list[float] = []
        self.curve: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Append one ``epoch`` event."""
        prefix = "" if self.session.spec.role == "search" else "script_"
        named = {f"{prefix}{k}" if k.startswith("val_") else k: v for k, v in resuming.numbers(logs).items()}
        self.session.journal.append("epoch", step=epoch, model=self.ordinal, logs=named)
        self.ends.append(time.monotonic())
        if self.to_the_end and not math.isnan(float((logs or {}).get("loss", 0.0))):
            self.model.stop_training = False  # this callback is the last to be asked
        if self.session.spec.role == "search" and self.session.spec.tweak and len(self.ends) > 2:
            self._require_time(epoch)
        pace = self.session.spec.pace
        if pace is not None and self.session.gated(self.ordinal):
            self._keep_up(pace, epoch, logs or {})

    def _keep_up(self, pace: curves.Pace, epoch: int, logs: dict[str, Any]) -> None:
        """End a fit that cannot come up with the trials before it; one that was resumed is not seen from its start."""
        score = curves.score_of(resuming.numbers(logs), self.session.spec.metric)
        if score is None or len(self.curve) != epoch:
            return
        self.curve.append(score)
        noise = curves.noise_of(max(self.curve), self.validation_rows) if score >= 0 and self.validation_rows else 0.0
        if curves.hopeless(self.curve, self.epochs, pace, noise):
            came, half, best = (f"{abs(number):.4g}" for number in (max(self.curve), pace.at(epoch + 1), pace.best))
            reason = (
                f"after {epoch + 1} of {self.epochs} epochs at {came}, half of the others at {half}, the best {best}"
            )
            self.session.journal.append("stopped", model=self.ordinal, step=epoch, reason=reason)
            self.model.stop_training = True

    def _require_time(self, epoch: int) -> None:
        """Give up what takes too long; of a fit that may stop early, not before it has."""
        took, left = self.ends[-1] - self.ends[0], self.session.spec.timeout_s
        needed = took if self.stops_early else took / (len(self.ends) - 1) * (self.epochs - epoch + len(self.ends) - 1)
        if (self.stops_early or len(self.ends) in (3, 10)) and needed > SHARE_OF_TIME * left:
            raise TooLongError(f"{self.epochs} epochs would take {needed:.0f} s, with {left:.0f} s left for the search")


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
        same = source.given is not None and source.given is known.facts["source"].given
        known.seen.more += earlier.more if same else [earlier]
    known.others = [(other, seen) for other, seen in known.others if other is not model]
    known.model = model
    known.facts["source"] = source
    return known


def run(session: Session, original: Callable[..., Any], model: Any, arguments: dict[str, Any], ordinal: int) -> Any:
    """Call the script's ``fit``; its time counts as fit time."""
    callbacks, epochs = optimizing.callbacks_of(arguments["callbacks"]), int(arguments["epochs"])
    to_the_end = session.spec.tweak.get("early_stopping") == "off" and session.gated(ordinal)
    if to_the_end:
        optimizing.never_stop(callbacks, epochs)
    stops_early = not to_the_end and any(framework.is_a(callback, "EarlyStopping") for callback in callbacks)
    held = arguments["validation_data"] if session.spec.pace is not None else None
    validation_rows = 0
    if isinstance(held, tuple):
        with contextlib.suppress(TypeError):  # rows that cannot be counted
            validation_rows = rows.count(held[0])
    ours: list[Any] = [EpochJournal(session, ordinal, epochs, stops_early, to_the_end, validation_rows)]
    keeper = resuming.resumable(session, model, arguments, callbacks)
    if keeper is not None:
        ours.append(keeper)
        done = keeper.restore(model, arguments["x"])
        arguments = {**arguments, "initial_epoch": max(done, int(arguments.get("initial_epoch") or 0))}
    with session.fitting():
        return original(model, **{**arguments, "callbacks": _with_ours(model, arguments["callbacks"], ours)})


def ended_early(history: Any, arguments: dict[str, Any]) -> bool:
    """Whether a callback has ended a fit before its last epoch."""
    asked = int(arguments["epochs"]) - int(arguments["initial_epoch"])
    return 0 < len(getattr(history, "epoch", None) or ()) < asked


def _with_ours(model: Any, callbacks: Any, ours: list[Any]) -> Any:
    if callbacks is None:
        return ours
    if isinstance(callbacks, keras.callbacks.CallbackList):
        for callback in ours:
            callback.set_model(model)
            callback.set_params(callbacks.params)
            callbacks.callbacks.append(callback)
        return callbacks
    return [*callbacks, *ours] if isinstance(callbacks, list | tuple) else [callbacks, *ours]
