"""How ``autotweak run`` tells how it ended: one event into the outbox, one attempt to deliver what is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipelines.errors import UsageError
from pipelines.notify.collect import Notice
from pipelines.notify.events import Event, Kind
from pipelines.report import Report
from pipelines.settings import MachineSettings

if TYPE_CHECKING:
    from pipelines.notify.send import Channel

FOLDER = "outbox"
"""Below the machine's home."""
WAIT_S = 30.0
"""For another process that is delivering."""


def addressed(machine: MachineSettings) -> list[Channel]:
    """The channels of ``AUTOTWEAK_NOTIFY``, asked for before anything is trained; none where it is not set.

    Raises:
        UsageError: an address in it is not valid.
    """
    if not machine.notify.strip():
        return []
    from pipelines.notify.send import channels  # Apprise is slow to import, and most runs tell nobody

    try:
        return channels(machine.notify.split())
    except UsageError as error:
        raise UsageError(f"AUTOTWEAK_NOTIFY: {error}") from error


def announce(
    channels: list[Channel],
    machine: MachineSettings,
    notice: Notice,
    report: Report,
    error: BaseException | None,
    warn: Callable[[str], None],
) -> None:
    """Put the run's end into the outbox and try to deliver. Whatever goes wrong here is a warning of one line."""
    interrupted = error is not None and not isinstance(error, Exception)
    mistyped = isinstance(error, UsageError) and notice.source is None  # nothing was pushed
    if not channels or interrupted or mistyped:
        return
    kind: Kind = "failed"
    if error is None and report.status in ("reached", "not_reached"):
        kind = "reached" if report.status == "reached" else "not_reached"
    if error is not None and not report.facts.get("reason"):
        report.facts["reason"] = f"internal error: {error}"
    problems = tell(channels, machine, lambda: notice.event(kind, report, time.time()))
    if problems:
        warn(f"not everybody could be told; it is tried again after the next run: {'; '.join(problems)}")


def tell(channels: list[Channel], machine: MachineSettings, event: Callable[[], Event]) -> list[str]:
    """Put an event into the outbox and try to deliver; what went wrong, a line each."""
    try:
        from pipelines.notify.outbox import Outbox

        outbox = Outbox(machine.home / FOLDER)
        outbox.put(event(), channels, time.time())
        return outbox.deliver(channels, time.time, WAIT_S).problems
    except Exception as fault:
        return [f"{type(fault).__name__}: {fault}"]
