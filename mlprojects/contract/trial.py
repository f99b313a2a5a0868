"""What outside asks of inside: one trial."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from mlprojects.contract.curves import Pace

Role = Literal["baseline", "search", "confirm"]
SaveModel = Literal["never", "if_reached", "always"]
KnobValue = str | int | float | bool | None
Tweak = dict[str, KnobValue]


@dataclass(frozen=True)
class TrialSpec:
    """One trial of one source. The empty tweak is the script as written."""

    trial: int
    role: Role
    family: str
    entry: str
    """The script, relative to the source's root."""
    cwd: str = "."
    """The folder it runs in, relative to the source's root."""
    argv: tuple[str, ...] = ()
    tweak: Tweak = field(default_factory=dict)
    seed: int = 0
    metric: str = "accuracy"
    target: float = 0.8
    gate: int | None = None
    """Which fitted model of the script counts (0 is the first one fitted); None: find out."""
    folds: int = 1
    """Search trials: 1 holds out ``validation_fraction`` of the training rows, more cross-validates."""
    validation_fraction: float = 0.2
    holdout_fraction: float = 0.0
    """Above 0: test rows set aside before the fit, for a script that evaluates none of its own."""
    estimators: tuple[str, ...] = ()
    """scikit-learn estimators that may stand in for the script's; empty: only its own."""
    save_model: SaveModel = "never"
    requirements: tuple[str, ...] = ()
    """Pinned requirements to write into the saved model."""
    timeout_s: float = 1200.0
    threads: int = 1
    pace: Pace | None = None
    """How the trials before this one did; it is stopped when it cannot come up with them. None: it is not."""

    @property
    def as_written(self) -> bool:
        """Whether every fit is to run as the script has it: nothing is tuned and no row is held out."""
        return not self.tweak and self.role != "search" and not self.holdout_fraction

    def to_json(self) -> str:
        """One JSON object, keys sorted."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TrialSpec:
        """Read what :meth:`to_json` wrote.

        Raises:
            ValueError: the text is not a trial specification of this version.
        """
        raw: dict[str, Any] = json.loads(text)
        known = {f.name for f in dataclasses.fields(cls)}
        if not isinstance(raw, dict):
            raise ValueError("not a trial specification: not a JSON object")  # noqa: TRY004 - a bad text, not a bad call
        if not set(raw) <= known:
            raise ValueError(f"not a trial specification: unknown keys {sorted(set(raw) - known)}")
        for name in ("argv", "estimators", "requirements"):
            raw[name] = tuple(raw.get(name, ()))
        if raw.get("pace") is not None:
            pace = raw["pace"]
            raw["pace"] = Pace(pace["best"], tuple(pace["medians"]))
        try:
            return cls(**raw)
        except TypeError as error:
            raise ValueError(f"not a trial specification: {error}") from error


def tweak_key(tweak: Tweak) -> str:
    """The same text for the same tweak, whatever the order in which its knobs were set."""
    return json.dumps(tweak, sort_keys=True)
