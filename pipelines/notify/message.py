"""An event, or a run of failures, as a message: subject, HTML, plain text, a brief for chats, a picture."""

from __future__ import annotations

import io
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mlprojects.contract.metrics import METRICS
from pipelines.notify.events import Event, Kind, TrialRow, one_line
from pipelines.search.diagnosis import shown
from pipelines.tracking.plots import SearchPoints, search_figure

Tone = Literal["good", "warn", "bad", "plain"]
PICTURE = "search.autotweak"
"""The Content-ID of the picture."""
MOST_ROWS = 25
"""Rows of a table in a mail: Gmail cuts a mail off at about 100 kB."""
TITLES: dict[Kind, tuple[str, Tone]] = {
    "started": ("training started", "plain"),
    "reached": ("target reached", "good"),
    "not_reached": ("target missed", "warn"),
    "failed": ("failed", "bad"),
    "restarted": ("restarted", "warn"),
    "given_up": ("given up", "bad"),
    "serving_changed": ("serving changed", "plain"),
}


@dataclass(frozen=True)
class Message:
    """What goes out. ``id`` names the message, ``thread`` what it belongs to."""

    id: str
    thread: str
    tone: Tone
    subject: str
    html: str
    text: str
    brief: str
    picture: bytes | None = None


def _seconds(value: float) -> str:
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    minutes = round(value / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def _day(value: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(value))


def _unpinged(value: Any) -> Any:
    """No name in a pushed text calls anybody in a chat, nor does a tag in it become one there."""
    return value.replace("@", "@\u200b").replace("<!", "<\u200b!") if isinstance(value, str) else value


def _environment(**options: Any) -> Environment:
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    made = Environment(  # noqa: S701 - escaped for HTML; the plain texts are made of clean lines
        loader=folder, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, **options
    )
    made.filters |= {"shown": lambda number, metric: shown(metric, number), "seconds": _seconds, "day": _day}
    return made


_HTML = _environment(autoescape=True)
_TEXT = _environment(autoescape=False, keep_trailing_newline=True)
_BRIEF = _environment(autoescape=False, finalize=_unpinged)


def render(events: Sequence[Event]) -> Message:
    """The message of one event, or of several failures as a digest."""
    return of_event(events[0]) if len(events) == 1 else digest(events)


def of_event(event: Event) -> Message:
    """The message of one event."""
    title, tone = TITLES[event.kind]
    subject = f"{event.name}: {title}"
    if event.best is not None and event.kind in ("reached", "not_reached"):
        subject += f", {shown(event.metric, event.best.value)} {event.metric}"
    elif event.reason:
        subject += f": {event.reason}"
    picture = draw(event)
    rows = table(event.trials, event.metric)
    facts = {"e": event, "title": title, "tone": tone, "picture": PICTURE if picture else ""}
    facts |= {"rows": rows, "more": len(event.trials) - len(rows)}
    return _message(event.id, event.search, tone, subject, "event", facts, picture)


def digest(events: Sequence[Event]) -> Message:
    """One message about many failures."""
    names = list(dict.fromkeys(event.name for event in events))
    subject = f"{len(events)} failures: {', '.join(names[:3])}{' and others' if len(names) > 3 else ''}"
    reasons = Counter(event.reason or "no reason is known" for event in events).most_common(10)
    facts = {"events": events[-MOST_ROWS:], "count": len(events), "reasons": reasons, "title": "failed", "tone": "bad"}
    facts |= {"more": len(events) - len(events[-MOST_ROWS:]), "first": events[0].time, "last": events[-1].time}
    return _message(f"{events[0].id}+{len(events)}", "", "bad", subject, "digest", facts, None)


def _message(
    name: str, thread: str, tone: Tone, subject: str, template: str, facts: dict[str, Any], picture: bytes | None
) -> Message:
    subject = one_line(f"[autotweak] {subject}", 150)
    facts["subject"] = subject
    html = _HTML.get_template(f"{template}.html.j2").render(facts)
    text = _TEXT.get_template(f"{template}.txt.j2").render(facts)
    brief = _BRIEF.get_template(f"{template}_brief.txt.j2").render(facts)
    return Message(name, thread, tone, subject, html, text, brief, picture)


def table(trials: Sequence[TrialRow], metric: str) -> list[TrialRow]:
    """The rows worth showing, in their order: all, or baseline, confirmed and the best by validation score."""
    if len(trials) <= MOST_ROWS:
        return list(trials)

    def loss(row: TrialRow) -> float:
        return math.inf if row.validation is None else -METRICS[metric].gain(row.validation)

    ranked = sorted(trials, key=lambda row: (row.role == "search", loss(row), row.number))
    return sorted(ranked[:MOST_ROWS], key=lambda row: row.number)


def draw(event: Event) -> bytes | None:
    """The search as a PNG; None where there is nothing to see."""
    rows = event.trials
    points = SearchPoints(
        tuple((row.number, row.validation) for row in rows if row.role == "search" and row.validation is not None),
        tuple((row.number, row.test) for row in rows if row.role == "confirm" and row.test is not None),
        tuple(row.number for row in rows if row.failure),
        event.baseline.value if event.baseline else None,
        event.target,
    )
    if len(points.validation) < 2:
        return None
    buffer = io.BytesIO()
    search_figure(points, event.metric).savefig(buffer, format="png")
    return buffer.getvalue()
