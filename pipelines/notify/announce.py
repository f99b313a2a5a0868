"""How a search tells that it begins and how it ended: an event into the outbox, an attempt to deliver what is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, get_args

from pipelines.errors import UsageError
from pipelines.notify.events import Event, Kind
from pipelines.notify.waiting import FOLDER
from pipelines.settings import MachineSettings

if TYPE_CHECKING:
    from pipelines.notify.collect import Notice
    from pipelines.notify.send import Channel
    from pipelines.report import Report

EVERYTHING = frozenset(get_args(Kind))
"""Whether a start is told is decided before."""
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
        warn(f"not everybody could be told; autotweak monitor, or the next run, tries again: {'; '.join(problems)}")


def announce_start(channels: list[Channel], machine: MachineSettings, notice: Notice, report: Report) -> None:
    """Tell that a search begins, where that is wanted, in a thread: no mail server holds the search up.

    What goes wrong stays in the outbox; the announcement of the end tries again, and says so.
    """
    if not channels or not machine.notify_started:
        return
    event = notice.event("started", report, time.time())
    threading.Thread(target=tell, args=(channels, machine, lambda: event), name="tell", daemon=True).start()


def tell(channels: list[Channel], machine: MachineSettings, event: Callable[[], Event]) -> list[str]:
    """Put an event into the outbox and try to deliver; what went wrong, a line each."""
    try:
        from pipelines.notify.outbox import Outbox

        outbox = Outbox(machine.home / FOLDER, EVERYTHING)
        outbox.put(event(), channels, time.time())
        return outbox.deliver(channels, time.time, WAIT_S).problems
    except Exception as fault:
        return [f"{type(fault).__name__}: {fault}"]
