"""The monitor itself: facts are gathered, what to do is decided, and done. Events only say when to look."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pipelines.errors import AutotweakError, PlatformError
from pipelines.monitor.decide import Abandon, Action, ContainerFact, Remove, SearchFact, decide
from pipelines.search.log import Closed, Resuming, Sandboxed, SearchLog
from pipelines.searches import Asked, SearchFolder, folders

LOOK_S = 5.0
log = logging.getLogger("autotweak.monitor")


class Containers(Protocol):
    """The engine that runs our containers."""

    def containers(self) -> list[ContainerFact] | None:
        """Our containers; None where no engine answers."""

    def remove(self, container: str) -> str | None:
        """Remove one; why it cannot be removed."""


class Teller(Protocol):
    """Tells people, and the tracking server."""

    def resumed(self, asked: Asked, reason: str, counter: int) -> None:
        """A search was resumed."""

    def given_up(self, asked: Asked, reason: str) -> None:
        """A search was given up."""


class Monitor:
    """Looks after the searches of one home."""

    def __init__(
        self,
        home: Path,
        engine: Containers,
        teller: Teller,
        command: Callable[[str], list[str]] = lambda search: [sys.executable, "-m", "pipelines", "resume", search],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make a monitor that has not looked yet.

        Args:
            home: where the searches are.
            engine: what runs their containers.
            teller: who is told.
            command: what resumes a search, by its identifier.
            clock: seconds since the epoch.
        """
        self.home, self.engine, self.teller, self.command, self.clock = home, engine, teller, command, clock
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._settled: dict[str, tuple[int, SearchFact]] = {}
        self._said: dict[str, str] = {}
        """What went wrong with a search when it was looked at last: it is said once."""
        self._answers: bool | None = None
        self._next = 0.0

    @property
    def busy(self) -> bool:
        """Whether a driver that this monitor has started works."""
        return any(process.poll() is None for process in self._started.values())

    def step(self, now: float, woken: bool = False) -> None:
        """Look, where it is due at ``now`` (seconds, monotonic) or something has happened."""
        if woken or now >= self._next:
            self._next = now + LOOK_S
            self.reconcile()

    def reconcile(self) -> None:
        """Look at everything once and do what is to be done. What goes wrong with one search is logged."""
        for search, process in list(self._started.items()):
            status = process.poll()
            if status is not None:
                del self._started[search]
                log.info("driver ended", extra={"search": search, "status": status})
        # Containers first: one that starts in between belongs to a search that is in the facts.
        containers = self.engine.containers()
        self._say_whether_the_engine_answers(containers is not None)
        facts = [fact for folder in folders(self.home) if (fact := self._fact(folder)).search not in self._started]
        mine = None if containers is None else [found for found in containers if found.search not in self._started]
        for action in decide(facts, mine, self.clock()):
            try:
                self._do(action)
            except (AutotweakError, OSError) as error:
                if self._said.get(action.search) != str(error):
                    log.warning("not done", extra={"search": action.search, "reason": str(error)})
                self._said[action.search] = str(error)

    def _say_whether_the_engine_answers(self, answers: bool) -> None:
        if answers != self._answers:
            said = "engine answers" if answers else "engine absent"
            reason = {} if answers else {"reason": "no Docker engine answers: searches in containers wait for it"}
            log.info(said, extra=reason)
        self._answers = answers

    def _fact(self, folder: SearchFolder) -> SearchFact:
        """The state of one search; of one that its driver has closed it is read only once."""
        stamp = folder.log.stat().st_mtime_ns if folder.log.exists() else 0
        known = self._settled.get(folder.search)
        if known is not None and known[0] == stamp:
            return known[1]
        state, records = folder.state(), folder.records()
        resumed = tuple(record.time for record in records if isinstance(record, Resuming))
        kinds = [record.sandbox for record in records if isinstance(record, Sandboxed)]
        fact = SearchFact(folder.search, state, resumed, kinds[0] if kinds else "")
        if state in ("ended", "stopped", "failed", "given_up"):
            self._settled[folder.search] = (stamp, fact)
        return fact

    def _do(self, action: Action) -> None:
        about = {"search": action.search, "reason": action.reason}
        if isinstance(action, Remove):
            refused = self.engine.remove(action.container)
            if refused is not None:
                raise PlatformError(f"container {action.container[:12]} cannot be removed: {refused}")
            log.info("removed", extra={**about, "container": action.container[:12]})
            return
        folder = SearchFolder(self.home / "searches" / action.search)
        with folder.driving():
            try:
                asked, kept = folder.asked(), SearchLog.open(folder.log)
            except AutotweakError as error:  # damaged: nobody can go on with it
                damaged = SearchLog(folder.log)
                damaged.end_line()
                damaged.append(Closed, how="given_up", reason=str(error))
                with contextlib.suppress(AutotweakError):  # whose search it was may be what is damaged
                    self.teller.given_up(folder.asked(), str(error))
                raise
            if isinstance(action, Abandon):
                kept.append(Closed, how="given_up", reason=action.reason)
            else:
                kept.append(Resuming)
        if isinstance(action, Abandon):
            log.warning("given up", extra=about)
            self.teller.given_up(asked, action.reason)
        else:
            self._start(folder)
            log.info("resumed", extra={**about, "counter": action.counter})
            self.teller.resumed(asked, action.reason, action.counter)

    def _start(self, folder: SearchFolder) -> None:
        """A driver in a session of its own: it outlives the monitor."""
        environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_RUN_ID"}
        with (folder.root / "driver.log").open("ab") as output:
            try:
                self._started[folder.search] = subprocess.Popen(
                    self.command(folder.search),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=environment,
                    start_new_session=True,
                )
            except OSError as error:
                raise PlatformError(f"a driver cannot be started: {error}") from error
