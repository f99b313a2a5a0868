"""When an event is sent, and with which others: pure decisions, given what the outbox holds and the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipelines.notify.events import Event

FIRST_WAIT_S = 60.0
LONGEST_WAIT_S = 6 * 3600.0
GIVE_UP_S = 3 * 24 * 3600.0
"""An event that could not be delivered for so long is given up; twice as long where its channel is gone."""
HOLD_S = 900.0
"""After a message about a failure, further failures wait so long and then go as one; twice as long each time."""


class Progress(BaseModel):
    """How far an event is on its way through one channel."""

    model_config = ConfigDict(frozen=True)

    attempts: int = 0
    next_at: float = 0.0
    error: str = ""
    ended: Literal["delivered", "given_up"] | None = None
    at: float = 0.0
    """When the last attempt was."""


class Entry(BaseModel):
    """One event in the outbox, with its progress on each channel that it goes to."""

    model_config = ConfigDict(frozen=True)

    event: Event
    put_at: float
    progress: dict[str, Progress]

    def moved(self, channel: str, progress: Progress) -> Entry:
        """The entry after an attempt on one channel."""
        return self.model_copy(update={"progress": {**self.progress, channel: progress}})

    def open(self) -> list[str]:
        """The channels on which it is neither delivered nor given up."""
        return [channel for channel, progress in self.progress.items() if progress.ended is None]


class Told(BaseModel):
    """When one channel last got a message about failures, and how long further failures wait from then on."""

    model_config = ConfigDict(frozen=True)

    at: float
    hold_s: float = HOLD_S


@dataclass(frozen=True)
class Batch:
    """What goes out as one message: one event, or failures as a digest."""

    entries: tuple[Entry, ...]


def due(entries: Sequence[Entry], channel: str, told: Told | None, now: float) -> list[Batch]:
    """The messages to send on one channel now, oldest event first.

    Args:
        entries: what the outbox holds.
        channel: the channel's id.
        told: the channel's last message about failures; None: there was none.
        now: seconds since the epoch.
    """
    waiting = [entry for entry in entries if channel in entry.open()]
    waiting.sort(key=lambda entry: (entry.put_at, entry.event.id))
    failures = tuple(entry for entry in waiting if entry.event.kind == "failed")
    batches = [Batch((entry,)) for entry in waiting if entry.event.kind != "failed"]
    held = told is not None and 0 <= now - told.at < told.hold_s
    if failures and not held:
        batches.append(Batch(failures))
    ready = [batch for batch in batches if all(_ready(entry.progress[channel], now) for entry in batch.entries)]
    return sorted(ready, key=lambda batch: batch.entries[0].put_at)


def _ready(progress: Progress, now: float) -> bool:
    """A time further away than the longest wait comes from a clock that was set back."""
    return now >= progress.next_at or progress.next_at - now > LONGEST_WAIT_S


def told_of_failures(before: Told | None, now: float) -> Told:
    """After a message about failures: the next ones wait longer where this one followed another closely."""
    if before is None or not 0 <= now - before.at < 2 * before.hold_s:
        return Told(at=now)
    return Told(at=now, hold_s=min(2 * before.hold_s, LONGEST_WAIT_S))


def delivered(before: Progress, now: float) -> Progress:
    """The progress after a success."""
    return Progress(attempts=before.attempts + 1, ended="delivered", at=now)


def failed(before: Progress, put_at: float, now: float, error: str) -> Progress:
    """The progress after a failure: a longer wait, or the end where it has been tried long enough."""
    attempts = before.attempts + 1
    if now - put_at >= GIVE_UP_S:
        return Progress(attempts=attempts, error=error, ended="given_up", at=now)
    wait = min(FIRST_WAIT_S * 2.0 ** min(before.attempts, 30), LONGEST_WAIT_S)
    return Progress(attempts=attempts, error=error, next_at=now + wait, at=now)
