"""Journal events as facts. What comes from inside is not trusted: each line is validated here."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from mlprojects.contract import curves
from mlprojects.contract.metrics import METRICS
from mlprojects.contract.trial import KnobValue, Role, TrialSpec, Tweak, tweak_key
from pipelines.errors import TrialError

Text = Annotated[str, Field(max_length=2000)]
Score = Annotated[float, Field(ge=-1e30, le=1e30)]
"""Errors have the unit of what is predicted, and R² has no least value."""
Seconds = Annotated[float, Field(ge=0, le=1e11)]
MOST_WHOLE = 2**53
"""Beyond it JSON, SQLite and floats no longer agree on a number."""
Count = Annotated[int, Field(ge=0, le=MOST_WHOLE)]
TIE, MOST_LOSS = 1e-9, 1e3
"""What a loss weighs beside a score, so little that it decides between equal ones only, and the most that counts."""
MOST_NAMES = 200
"""Knobs, labels or logs in one event: far more than there are, and few enough to show."""


def _sane(value: KnobValue) -> KnobValue:
    if isinstance(value, int | float) and not abs(value) <= MOST_WHOLE:
        raise ValueError("a number that is infinite or too large")
    return value


Turned = Annotated[KnobValue, AfterValidator(_sane)]
Knobs = Annotated[dict[Text, Turned], Field(max_length=MOST_NAMES)]


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    time: Seconds


class Started(_Event):
    """An attempt at the trial began."""

    event: Literal["started"]
    attempt: Count
    reason: Text | None = None


class Described(_Event):
    """The model and the data, as the fitted model was found."""

    event: Literal["described"]
    gate: Count
    models: Count
    where: Text
    gate_reason: Text = ""
    """Why this model counts, of several."""
    task: Literal["classification", "regression", "multilabel", "clustering", "unreadable"]
    rows: Count | None
    input_shape: Annotated[list[Count | None], Field(max_length=MOST_NAMES)]
    classes: Count | None
    data_fingerprint: Text
    estimator: Text
    knobs: Knobs
    choices: Annotated[dict[Text, list[Turned]], Field(max_length=MOST_NAMES)]
    alternatives: Annotated[dict[Text, Knobs], Field(max_length=MOST_NAMES)]
    hints: Annotated[list[Text], Field(max_length=20)] = []
    """What is odd about the model, a sentence each."""
    summary: Annotated[str, Field(max_length=1_000_000)]


class Epoch(_Event):
    """One epoch ended."""

    event: Literal["epoch"]
    step: Annotated[int, Field(ge=0, le=2**31)]
    model: Count
    logs: Annotated[dict[Text, Annotated[float, Field(allow_inf_nan=False)] | None], Field(max_length=MOST_NAMES)]


class Confusion(BaseModel):
    """Counts by true label (row) and predicted label (column)."""

    labels: Annotated[list[Text], Field(min_length=1, max_length=MOST_NAMES)]
    counts: list[list[Count]]

    @model_validator(mode="after")
    def _square(self) -> Self:
        if {len(self.labels)} != {len(self.counts), *map(len, self.counts)}:
            raise ValueError("not as many rows and columns as labels")
        return self


class Majority(BaseModel):
    """The commonest class of the rows that were scored: what always answering it would give."""

    label: Text
    share: Annotated[float, Field(ge=0, le=1)]


class Evaluated(_Event):
    """A score on validation or test rows."""

    event: Literal["evaluated"]
    split: Literal["validation", "test"]
    metric: Literal[tuple(METRICS)]  # type: ignore[valid-type]
    value: Score
    rows: Annotated[int, Field(ge=1, le=MOST_WHOLE)]
    interval: tuple[Score, Score]
    evidence: Text
    confusion: Confusion | None = None
    majority: Majority | None = None
    also: Annotated[dict[Text, Score], Field(max_length=20)] = {}
    """Other metrics of the same predictions."""

    @property
    def gain(self) -> float:
        """The value, turned so that more is better."""
        return METRICS[self.metric].gain(self.value)

    @property
    def trivial(self) -> bool:
        """Whether it is an accuracy that always answering the commonest class would give as well."""
        return self.metric == "accuracy" and self.majority is not None and self.value <= self.majority.share


class Checkpointed(_Event):
    """What a fit had come to was kept for a next attempt."""

    event: Literal["checkpointed"]
    fit: Count
    step: Count
    size_bytes: Count


class Resumed(_Event):
    """A fit went on from a checkpoint."""

    event: Literal["resumed"]
    fit: Count
    step: Count


class StoppedEarly(_Event):
    """A fit was ended before its last epoch: it could not come up with the trials before it."""

    event: Literal["stopped"]
    reason: Text


class Saved(_Event):
    """The model is in the trial's ``model`` folder."""

    event: Literal["saved"]
    format: Text


class ScriptError(BaseModel):
    """The script failed after it had trained."""

    kind: Text = ""
    reason: Text
    where: Text


class Finished(_Event):
    """The trial ended with a measurement."""

    event: Literal["finished"]
    fit_seconds: Seconds
    seconds: Seconds
    script_error: ScriptError | None = None


_NO_MEMORY = re.compile(r"(?:[\w.]*(?:MemoryError|ResourceExhaustedError)|std::bad_alloc)\b|.*OOM when allocating")
"""How Python, NumPy, TensorFlow and C++ begin to say that they were refused memory."""


class Failed(_Event):
    """The trial ended without a measurement."""

    event: Literal["failed"]
    kind: Literal["source", "trial", "platform"]
    reason: Text
    where: Text = ""
    cause: Literal["out_of_memory", "killed", "timeout", "too_long", "hang", "error"] | None = None
    """Where it is known; of a script that was refused memory its reason says so."""

    @model_validator(mode="before")
    @classmethod
    def _refused_memory(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and raw.get("cause") is None and _NO_MEMORY.match(str(raw.get("reason", ""))):
            return {**raw, "cause": "out_of_memory"}
        return raw


class Fault(_Event):
    """The wrapper stepped aside."""

    event: Literal["fault"]
    reason: Text


Event = (
    Started | Described | Epoch | Evaluated | Checkpointed | Resumed | StoppedEarly | Saved | Finished | Failed | Fault
)
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def validate(raw: dict[str, Any]) -> Event:
    """One journal event.

    Raises:
        TrialError: it is not one of the events above.
    """
    try:
        return _ADAPTER.validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise TrialError(f"the journal has an event that is not valid: {place}: {first['msg']}") from error


class Outcome(BaseModel):
    """A trial that has ended, as the journal tells it."""

    model_config = ConfigDict(frozen=True)

    trial: int
    role: Role
    tweak: Tweak
    validation: Evaluated | None = None
    test: Evaluated | None = None
    described: Described | None = None
    failed: Failed | None = None
    script_error: str | None = None
    loss: float | None = None
    """Of a Keras model, on the validation rows after its last epoch."""
    curve: tuple[float, ...] = ()
    """Of a search trial with one fit: see :func:`mlprojects.contract.curves.bests`."""
    stopped: str | None = None
    """Why the fit was ended before its last epoch."""
    saved: bool = False
    faults: tuple[str, ...] = ()
    fit_seconds: float = 0.0
    seconds: float = 0.0
    origin: str = ""

    @cached_property
    def key(self) -> str:
        """Equal for equal tweaks."""
        return tweak_key(self.tweak)

    @cached_property
    def merit(self) -> float:
        """What a search goes by: the validation score that there is, and between equal scores the lower loss.

        An undertrained network often gives one answer whatever is tweaked; its loss tells first what helps. Two
        digits of it count: less is chance, and would let useless changes gather.
        """
        assert self.validation is not None
        loss = MOST_LOSS if self.loss is None else max(-MOST_LOSS, min(float(f"{self.loss:.2g}"), MOST_LOSS))
        return self.validation.gain - TIE * loss

    @classmethod
    def of(cls, spec: TrialSpec, events: list[Event], origin: str = "") -> Outcome:
        """Fold a trial's events, oldest first; a later attempt's replace an earlier one's.

        Args:
            spec: what was asked for. Of the models only its ``gate`` counts: the loss of others says nothing.
            events: its journal.
            origin: where the tweak comes from.
        """
        found: dict[str, Any] = {}
        faults: list[str] = []
        for event in events:
            match event:
                case Started():
                    found, faults = {}, []
                case Evaluated():
                    found[event.split] = event
                case Described() | Failed():
                    found[event.event] = event
                case StoppedEarly():
                    found["stopped"] = event.reason
                case Saved():
                    found["saved"] = True
                case Epoch(model=model, logs=logs) if model == spec.gate:
                    found["loss"] = logs.get("val_loss")
                case Fault():
                    faults.append(event.reason)
                case Finished():
                    error = event.script_error
                    found |= {"fit_seconds": event.fit_seconds, "seconds": event.seconds}
                    found["script_error"] = f"{error.where}: {error.reason}" if error else None
        if spec.role == "search":
            found["curve"] = _curve(events, spec)
        if "failed" in found:  # a measurement of a trial that failed afterwards is not one to act on
            found = {name: value for name, value in found.items() if name in ("failed", "described")}
        found |= {"trial": spec.trial, "role": spec.role, "tweak": spec.tweak}
        return cls(faults=tuple(faults), origin=origin, **found)


def _curve(events: list[Event], spec: TrialSpec) -> tuple[float, ...]:
    """What the gated model's one fit had come to, also over several attempts; nothing where there were several fits."""
    scores: dict[int, float] = {}
    last = -1
    for event in events:
        if isinstance(event, Started):
            last = -1
        elif isinstance(event, Epoch) and event.model == spec.gate:
            score = curves.score_of(event.logs, spec.metric)
            if score is None or event.step <= last:
                return ()
            last, scores[event.step] = event.step, score
    return curves.bests([scores[step] for step in sorted(scores)])
