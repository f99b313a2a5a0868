"""The frozen facts of one notification. What was pushed is not trusted: every text is made one clean line here."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mlprojects.contract.trial import Role

Kind = Literal["started", "reached", "not_reached", "failed", "restarted", "given_up", "serving_changed"]
TOLD: frozenset[Kind] = frozenset(get_args(Kind)) - {"started"}
"""What is told unless something else is asked for."""
_USERINFO = re.compile(r"(?<=://)[^/\s@]*@")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that break lines, turn the direction of writing, or cannot be encoded."""


def one_line(text: str, most: int) -> str:
    """One line that can be shown anywhere: no control characters, no credentials in addresses, not too long."""
    spaced = "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text[: 10 * most])
    line = _USERINFO.sub("", " ".join(spaced.split()))
    return line if len(line) <= most else line[: most - 1] + "…"


def _line(most: int) -> BeforeValidator:
    def clean(value: Any) -> Any:
        return one_line(value, most) if isinstance(value, str) else value

    return BeforeValidator(clean)


Line = Annotated[str, _line(300)]
Long = Annotated[str, _line(1000)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Score(_Facts):
    """A test score with its interval at 95 % confidence."""

    value: Number
    low: Number
    high: Number
    rows: int


class Change(_Facts):
    """One knob that the winning tweak turned."""

    knob: Line
    before: Line
    after: Line
    meaning: Line = ""


class TrialRow(_Facts):
    """One line of the table of trials."""

    number: int
    role: Role
    tweak: Line
    validation: Number | None = None
    test: Number | None = None
    seconds: Number = 0.0
    failure: Line = ""
    url: Long = ""


class Event(_Facts):
    """What happened to one search, or to what is served; only ``id``, ``kind``, ``time``, ``name`` are always there."""

    id: Annotated[str, _line(200), Field(min_length=1)]
    """Like no other event's: the search, the kind and a counter."""
    kind: Kind
    time: Number
    """Seconds since the epoch."""
    name: Line
    """What the developer calls it: the name of the experiment and of the registered model."""
    search: Line = ""
    source: Line = ""
    branch: Line = ""
    commit: Line = ""
    author: Line = ""
    subject: Line = ""
    found: Line = ""
    """What reading the source said: family, kind and entry."""
    metric: Line = ""
    target: Number | None = None
    baseline: Score | None = None
    best: Score | None = None
    best_validation: Number | None = None
    changes: tuple[Change, ...] = ()
    """The winning tweak; empty where the script as written is the best."""
    trials: tuple[TrialRow, ...] = ()
    looks: int = 0
    seconds: Number = 0.0
    reason: Long = ""
    """Why it failed, was missed, was restarted or was given up."""
    advice: tuple[Long, ...] = ()
    """What would help."""
    restarts: tuple[Line, ...] = ()
    run_url: Long = ""
    look: Line = ""
    """Where to look when there is no address: a command."""
    model: Line = ""
    model_url: Long = ""


def event_id(search: str, kind: Kind, counter: int = 0) -> str:
    """The id of the ``counter``-th event of one kind of one search."""
    return f"{search}-{kind}-{counter}"
