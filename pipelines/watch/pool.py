"""The standbys of one service: started ahead, given their jobs, ended with it."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import PlatformError
from pipelines.restarts import RULES
from pipelines.searches import SearchFolder, folders
from pipelines.spool import search_identifier, spool_folder
from pipelines.watch.standby import MARK, READY, SPENT, Job, discard
from pipelines.watch.wanted import Kind, Use, fitting, latest, missing, wanted

REFRESH_S = 30.0
"""How often it is asked which environments are in use."""
STOP_S = 15.0
"""What standbys may take to end their sandboxes."""
log = logging.getLogger("autotweak.watch")


@dataclass
class Standby:
    """One of them."""

    kind: Kind
    folder: SearchFolder
    process: subprocess.Popen[bytes]
    channel: socket.socket
    said: str = ""
    """What it has said of itself: nothing yet, ready, or spent with the reason."""


class Pool:
    """Keeps one standby of each kind that is wanted. Not for several threads."""

    def __init__(
        self,
        home: Path,
        sandbox: str,
        named: Sequence[str] | None,
        repositories: Collection[str],
        uses: Callable[[], list[Use]],
    ) -> None:
        """Make a pool without standbys; what a crash has left of earlier ones is removed.

        Args:
            home: where searches are.
            sandbox: as for a run.
            named: the environments to be ready; None: those in use.
            repositories: the names of those that are watched.
            uses: says what searches were run in, newest first.
        """
        self.home, self.sandbox, self.named, self.repositories, self.uses = home, sandbox, named, repositories, uses
        self.standbys: dict[Kind, Standby] = {}
        self._known: dict[str, Kind] = {}
        self._wanted: list[Kind] = []
        self._used: dict[Kind, float] = {}
        self._failed: dict[Kind, list[float]] = {}
        self._leaving: list[tuple[Standby, float]] = []
        self._next, self._now = 0.0, 0.0
        for gone in (home / "watch").glob("*.gone"):
            shutil.rmtree(gone, ignore_errors=True)
        for folder in folders(home):
            if (folder.root / MARK).exists() and not folder.alive():
                discard(folder)

    def step(self, now: float) -> None:
        """Do what is due at ``now`` (seconds, monotonic)."""
        self._now = now
        for standby in list(self.standbys.values()):
            self._look(standby)
        self._bury()
        if now >= self._next:
            self._next = now + REFRESH_S
            self._refresh()
        for kind in [kind for kind in self.standbys if kind not in self._wanted]:
            self._end(self.standbys.pop(kind))
        for kind in missing(self._wanted, self.standbys, self._used, self._failed, now):
            self._start(kind)

    def hand(self, repository: str, job: Job, lock: int, output: int) -> subprocess.Popen[bytes] | None:
        """Give a job to a standby: its process, which is the driver from now on; None where none fits."""
        known = self._known.get(repository)
        kind = fitting({kind: standby.said == READY for kind, standby in self.standbys.items()}, known)
        if kind is None:
            return None
        standby = self.standbys.pop(kind)
        with standby.channel:
            try:
                job.send(standby.channel, lock, output)
            except OSError:  # it died this moment
                self._fail(standby, "it died")
                return None
        self._used[kind] = self._now
        self._next = self._now  # afterwards the repository may be of another kind
        log.info("standby used", extra={**_about(standby), "ready": standby.said == READY})
        return standby.process

    def stop(self) -> None:
        """End them all."""
        for standby in self.standbys.values():
            self._end(standby)
        self.standbys.clear()
        for standby, _ in self._leaving:
            with contextlib.suppress(subprocess.TimeoutExpired):
                standby.process.wait(STOP_S)
        self._now += STOP_S
        self._bury()

    def _refresh(self) -> None:
        with contextlib.suppress(PlatformError):  # the queue says it; what was known still holds
            uses = self.uses()
            self._known = latest(uses)
            self._wanted = wanted(self.named, uses, self.repositories)

    def _look(self, standby: Standby) -> None:
        """Read what it says; let go of it where it is of no use any more."""
        with contextlib.suppress(OSError):
            for line in standby.channel.recv(4096, socket.MSG_DONTWAIT).decode(errors="replace").splitlines():
                standby.said, _, reason = line.partition(" ")
                if standby.said != SPENT:
                    log.info("standby ready", extra=_about(standby))
                else:
                    self._fail(self.standbys.pop(standby.kind), reason)
                    return
        status = standby.process.poll()
        if status is not None:
            self._fail(self.standbys.pop(standby.kind), f"it ended with status {status}")

    def _fail(self, standby: Standby, reason: str) -> None:
        self._note(standby.kind)
        log.warning("standby lost", extra={**_about(standby), "reason": reason})
        self._end(standby)

    def _note(self, kind: Kind) -> None:
        """Keep when one has died: those of the last minutes bound how soon there is another."""
        self._failed[kind] = [*self._failed.get(kind, []), self._now][-RULES["infrastructure"].most :]

    def _start(self, kind: Kind) -> None:
        folder = SearchFolder(spool_folder(self.home, search_identifier()))
        command = [sys.executable, "-m", "pipelines", "standby", folder.search, kind.environment]
        command += ["--seed", str(kind.seed), "--sandbox", self.sandbox, *(f"--extra={extra}" for extra in kind.extras)]
        ours, theirs = socket.socketpair()
        with theirs, (self.home / "watch" / f"standby-{kind.environment}.log").open("ab") as output:
            try:
                process = subprocess.Popen(
                    command,
                    stdin=theirs.fileno(),
                    stdout=output,
                    stderr=output,
                    env={name: value for name, value in os.environ.items() if name != "MLFLOW_RUN_ID"},
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                self._note(kind)
                log.warning("standby not started", extra={"environment": kind.environment, "reason": str(error)})
                return
        self.standbys[kind] = Standby(kind, folder, process, ours)
        log.info("standby started", extra=_about(self.standbys[kind]))

    def _end(self, standby: Standby) -> None:
        """Let it end its sandbox and itself; it is not waited for."""
        standby.channel.close()
        self._leaving.append((standby, self._now + STOP_S))

    def _bury(self) -> None:
        """Remove what those have left that have ended; kill those that do not end."""
        for standby, until in self._leaving:
            if self._now >= until and standby.process.poll() is None:
                os.killpg(standby.process.pid, signal.SIGKILL)
                standby.process.wait()
            if standby.process.poll() is not None:
                discard(standby.folder)
        self._leaving = [leaving for leaving in self._leaving if leaving[0].process.poll() is None]


def _about(standby: Standby) -> dict[str, object]:
    return {"search": standby.folder.search, "environment": standby.kind.environment}
