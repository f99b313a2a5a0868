"""What the monitor does is told: to people through the outbox, and of a search given up in the tracking server."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor

from pipelines.errors import AutotweakError
from pipelines.notify.announce import addressed, tell
from pipelines.notify.collect import Notice
from pipelines.notify.events import Kind
from pipelines.report import Report
from pipelines.searches import Asked
from pipelines.settings import MachineSettings
from pipelines.tracking import Tracker

log = logging.getLogger("autotweak.monitor")


class Told:
    """Tells in a thread of its own: neither a slow mail server nor a slow tracking server holds the monitor up."""

    def __init__(self, machine: MachineSettings) -> None:
        """Check the addresses.

        Raises:
            UsageError: one is not valid.
        """
        self._machine, self._channels = machine, addressed(machine)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tell")

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

    def _tell(self, kind: Kind, asked: Asked, reason: str, counter: int) -> None:
        notice = Notice(asked.search, asked.options.source)
        if asked.task is not None:
            notice.source, notice.plan = asked.task.source, asked.task.plan
        report = Report(facts={"reason": reason})
        tell(
            self._channels,
            self._machine,
            lambda: notice.event(kind, report, time.time(), counter),
            lambda problem: log.warning("not told", extra={"search": asked.search, "reason": problem}),
        )
