"""The outbox: events on disk until every channel has them. One file per event, one receipt when it is over.

An event is sent, then marked. A crash between the two sends it once more after the restart: at most one duplicate,
with the same Message-ID. Receipts keep an event from being put twice; they are removed after a while.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from mlprojects.contract.layout import write_atomic
from pipelines.notify.events import TOLD, Event, Kind
from pipelines.notify.message import Message, render
from pipelines.notify.schedule import GIVE_UP_S, Batch, Entry, Progress, Told, delivered, due, failed, told_of_failures
from pipelines.notify.send import Channel
from pipelines.notify.waiting import TALLY, tally

RECEIPTS_KEPT_S = 90 * 24 * 3600.0
FAILURES_IN_A_ROW = 3
"""A channel that failed so often in one pass is left alone until the next one."""
_TOLD = TypeAdapter(dict[str, Told])


@dataclass
class Delivery:
    """What one pass did; the lines are for people and hold no secret."""

    sent: int = 0
    failed: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """All that went wrong."""
        return [*self.failed, *self.given_up, *self.unreadable]


class Outbox:
    """A folder of events on their way; ``kinds`` are the ones that are wanted."""

    def __init__(self, folder: Path, kinds: frozenset[Kind] = TOLD) -> None:
        self.folder, self.receipts, self.kinds = folder, folder / "receipts", kinds
        self.receipts.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / ".lock")

    def put(self, event: Event, channels: Sequence[Channel], now: float) -> bool:
        """Keep an event for these channels; False where nobody wants it, it is there already, or it was delivered."""
        name = _name(event.id)
        if not channels or event.kind not in self.kinds:
            return False
        if (self.folder / name).exists() or (self.receipts / name).exists():
            return False
        progress = {channel.id: Progress() for channel in channels}
        write_atomic(self.folder / name, Entry(event=event, put_at=now, progress=progress).model_dump_json())
        return True

    def deliver(
        self,
        channels: Sequence[Channel],
        clock: Callable[[], float],
        wait_s: float = 0.0,
        make: Callable[[Sequence[Event]], Message] = render,
    ) -> Delivery:
        """One pass over all that is due.

        Args:
            channels: the ones that this process can reach; an event that goes to others waits for theirs.
            clock: seconds since the epoch.
            wait_s: how long to wait for another process that is delivering.
            make: the message of one event, or of several as a digest.
        """
        done = Delivery()
        try:
            with self._lock.acquire(timeout=wait_s):
                entries = {entry.event.id: entry for entry in self._load(done)}
                told = self._told()
                for channel in channels:
                    self._serve(channel, entries, told, clock, make, done)
                self._forget(entries, {channel.id for channel in channels}, clock(), done)
                for entry in entries.values():
                    if not entry.open():
                        self._close(entry, clock())
                self._prune(clock())
                self._count(done)
        except Timeout:
            done.failed.append("another process is delivering; it, or the next pass, sends the rest")
        return done

    def _count(self, done: Delivery) -> None:
        """Add to what this outbox has ever done, for the metrics."""
        if not done.sent and not done.failed and not done.given_up:
            return
        before = tally(self.folder)
        now = {"sent": done.sent, "failed": len(done.failed), "given_up": len(done.given_up)}
        write_atomic(self.folder / TALLY, json.dumps({key: before[key] + count for key, count in now.items()}))

    def _serve(
        self,
        channel: Channel,
        entries: dict[str, Entry],
        told: dict[str, Told],
        clock: Callable[[], float],
        make: Callable[[Sequence[Event]], Message],
        done: Delivery,
    ) -> None:
        failures = 0
        for batch in due(list(entries.values()), channel.id, told.get(channel.id), clock()):
            error = _attempt(channel, batch, make)
            now = clock()
            for entry in batch.entries:
                before = entry.progress[channel.id]
                after = delivered(before, now) if error is None else failed(before, entry.put_at, now, error)
                self._save(entries, entry.moved(channel.id, after))
                if after.ended == "given_up":
                    done.given_up.append(_given_up(channel.name, entry, after))
            if error is None:
                done.sent += 1
                if batch.entries[0].event.kind == "failed":
                    told[channel.id] = told_of_failures(told.get(channel.id), now)
                    write_atomic(self.folder / "told.json", _TOLD.dump_json(told).decode())
                continue
            done.failed.append(f"{channel.name}: {error}")
            failures += 1
            if failures == FAILURES_IN_A_ROW:
                return

    def _forget(self, entries: dict[str, Entry], known: set[str], now: float, done: Delivery) -> None:
        """Give up, in the end, on channels whose address nobody has any more."""
        for entry in list(entries.values()):
            for channel in entry.open():
                if channel not in known and now - entry.put_at >= 2 * GIVE_UP_S:
                    after = failed(entry.progress[channel], entry.put_at, now, "no such address is set any more")
                    entry = entry.moved(channel, after)  # noqa: PLW2901 - the next channel's is on top of this one's
                    self._save(entries, entry)
                    done.given_up.append(_given_up(channel, entry, after))

    def _save(self, entries: dict[str, Entry], entry: Entry) -> None:
        entries[entry.event.id] = entry
        write_atomic(self.folder / _name(entry.event.id), entry.model_dump_json())

    def _close(self, entry: Entry, now: float) -> None:
        """Leave a receipt: the event's id and kind, and how each channel ended."""
        name = _name(entry.event.id)
        facts = entry.model_dump_json(include={"event": {"id", "kind"}, "put_at": True, "progress": True})
        write_atomic(self.receipts / name, facts)
        os.utime(self.receipts / name, (now, now))
        (self.folder / name).unlink()

    def _load(self, done: Delivery) -> list[Entry]:
        entries = []
        for path in sorted(self.folder.glob("event-*.json")):
            if (self.receipts / path.name).exists():  # a crash between the receipt and this
                path.unlink()
                continue
            try:
                entries.append(Entry.model_validate_json(path.read_bytes()))
            except ValidationError as error:
                path.rename(path.with_suffix(".unreadable"))
                what = str(error.errors()[0]["msg"])
                done.unreadable.append(f"{path} is not an event ({what}); it is set aside as {path.stem}.unreadable")
        return entries

    def _told(self) -> dict[str, Told]:
        path = self.folder / "told.json"
        try:
            return _TOLD.validate_json(path.read_bytes()) if path.exists() else {}
        except ValidationError:  # only a hold is lost with it
            return {}

    def _prune(self, now: float) -> None:
        for path in self.receipts.glob("event-*.json"):
            if now - path.stat().st_mtime > RECEIPTS_KEPT_S:
                path.unlink()


def _attempt(channel: Channel, batch: Batch, make: Callable[[Sequence[Event]], Message]) -> str | None:
    try:
        message = make([entry.event for entry in batch.entries])
    except Exception as error:  # one message that cannot be made must not hold up the others
        return f"the message cannot be made: {type(error).__name__}: {error}"
    return channel.attempt(message)


def _given_up(channel: str, entry: Entry, after: Progress) -> str:
    return f"{channel}: given up on {entry.event.id} after {after.attempts} attempts: {after.error}"


def _name(event: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", event)[:80]
    return f"event-{readable}-{hashlib.sha256(event.encode()).hexdigest()[:12]}.json"
