"""What the monitor does is told: to people through the outbox, and of a search given up in the tracking server."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from pipelines.errors import AutotweakError
from pipelines.notify.announce import WAIT_S, addressed, tell
from pipelines.notify.collect import Notice
from pipelines.notify.events import Kind
from pipelines.notify.outbox import Outbox
from pipelines.notify.waiting import FOLDER
from pipelines.report import Report
from pipelines.searches import Asked
from pipelines.settings import MachineSettings
from pipelines.tracking.tracker import Tracker

DELIVER_S = 10.0
"""How often the outbox is looked at; how soon an event is tried again stands in it."""
log = logging.getLogger("autotweak.monitor")


class Told:
    """Tells in a thread of its own: neither a slow mail server nor a slow tracking server holds the monitor up."""

    def __init__(self, machine: MachineSettings, addresses: Iterable[str] = ()) -> None:
        """Check the addresses.

        Args:
            machine: the machine's settings.
            addresses: others, for what others than this machine's are told.

        Raises:
            UsageError: one is not valid.
        """
        self._machine = machine
        everybody = " ".join((machine.notify, *addresses))
        self._channels = addressed(machine.model_copy(update={"notify": everybody}))
        self._folder = machine.home / FOLDER
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tell")
        self._pass: Future[None] | None = None
        self._next = 0.0

    def step(self, now: float) -> None:
        """Deliver what waits in the outbox, where a pass is due at ``now`` (seconds, monotonic)."""
        if now < self._next or not self._channels or (self._pass is not None and not self._pass.done()):
            return
        self._next = now + DELIVER_S
        if next(self._folder.glob("event-*.json"), None) is not None:
            self._pass = self._thread.submit(self._deliver)

    def resumed(self, asked: Asked, reason: str, counter: int) -> None:
        """A search was resumed."""
        self._thread.submit(self._tell, "restarted", asked, reason, counter)

    def given_up(self, asked: Asked, reason: str) -> None:
        """A search was given up: its run is closed, too."""
        self._thread.submit(self._close, asked, reason)
        self._thread.submit(self._tell, "given_up", asked, reason, 0)

    def stop(self) -> None:
        """Wait until all is told."""
        self._thread.shutdown(wait=True)

    def _close(self, asked: Asked, reason: str) -> None:
        try:
            Tracker(self._machine.home).give_up(asked.search, asked.run_id, reason)
        except AutotweakError as error:
            log.warning("run not closed", extra={"search": asked.search, "reason": str(error)})

    def _deliver(self) -> None:
        try:
            done = Outbox(self._folder).deliver(self._channels, time.time, WAIT_S)
        except OSError as error:
            log.warning("not told", extra={"reason": f"the outbox cannot be written: {error}"})
            return
        if done.sent:
            log.info("told", extra={"messages": done.sent})
        if done.problems:
            log.warning("not told", extra={"reason": "; ".join(done.problems)})

    def _tell(self, kind: Kind, asked: Asked, reason: str, counter: int) -> None:
        machine = asked.told(self._machine)
        try:
            channels = addressed(machine)
        except AutotweakError as error:
            log.warning("not told", extra={"search": asked.search, "reason": str(error)})
            return
        if not channels:
            return
        notice = Notice(asked.search, asked.options.source)
        if asked.task is not None:
            notice.source, notice.plan = asked.task.source, asked.task.plan
        report = Report(facts={"reason": reason})
        problems = tell(channels, machine, lambda: notice.event(kind, report, time.time(), counter))
        if problems:
            log.warning("not told", extra={"search": asked.search, "reason": "; ".join(problems)})
