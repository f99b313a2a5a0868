"""What an agent does for one search: a warm sandbox on a folder of its own. The driver holds it as a dask actor."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from dataclasses import dataclass

from mlprojects.contract.layout import SpoolPaths
from mlprojects.contract.trial import TrialSpec
from pipelines.cluster import cached
from pipelines.cluster.parcels import Job, Known, Parcel, has_ended, pack, unpack, untar
from pipelines.cluster.shares import Wish, granted
from pipelines.environments import Environment
from pipelines.errors import PlatformError
from pipelines.sandbox import Sandbox, choose
from pipelines.settings import MachineSettings
from pipelines.sources.data import cache_folder
from pipelines.spool import Spool

SANDBOX, SLOTS = "AUTOTWEAK_AGENT_SANDBOX", "AUTOTWEAK_AGENT_SLOTS"
ASKS_S = 5.0
"""A driver that has not asked for so long is not waited for with a slot; it asks four times a second."""
_HOSTS: dict[str, Host] = {}
"""By their searches: a driver that takes over finds what the one before it has left, and ends that first."""


@dataclass(frozen=True)
class News:
    """An agent's answer to a driver that asks."""

    parcels: dict[int, Parcel]
    dead: str
    """Why the sandbox is dead; empty while it lives."""
    slots: int
    """How many more trials of this search may be given now."""


class Host:
    """The trials of one search on this machine."""

    _spool: Spool

    def __init__(self, job: Job) -> None:
        """Take the job; nothing is made yet."""
        self.job = job
        self.machine = MachineSettings()
        self.root = self.machine.home / "cluster" / job.search
        self._box: Sandbox | None = None
        self._running: set[int] = set()
        self._promised = self._waiting = 0
        self._asked = 0.0

    def lacking(self) -> list[str]:
        """Keys of the driver's data cache that are not here, or not as the driver has them.

        Raises:
            PlatformError: this agent is of another version than the driver.
        """
        environment = Environment(self.job.environment, self.job.extras)
        digest = f"{environment.digest}-{environment.runtime_digest}"
        if digest != self.job.digest:
            theirs = f"the driver has {self.job.digest}, the agent {digest}"
            raise PlatformError(f"driver and agent are of different versions ({theirs}): install the same one on both")
        return cached.lacking(cache_folder(self.machine.home), self.job.data)

    async def open(self, source: bytes, data: bytes) -> str:
        """Unpack source and data, make the environment, and start the sandbox; its kind.

        It takes minutes where the environment is new. Dask has one thread for the calls of all drivers: not that one.

        Raises:
            PlatformError: one of them cannot be made here.
        """
        return await asyncio.to_thread(self._open, source, data)

    def _open(self, source: bytes, data: bytes) -> str:
        reap(self.job.search)
        shutil.rmtree(self.root, ignore_errors=True)
        spool = Spool(self.root)
        untar(source, spool.paths.source)
        if data:
            cached.replace(cache_folder(self.machine.home), data)
        environment = Environment(self.job.environment, self.job.extras)
        kind, slots = os.environ.get(SANDBOX, "auto"), int(os.environ.get(SLOTS, "1"))
        self._spool, seed, network = spool, self.job.seed, self.job.network
        self._box = choose(kind, environment, spool, slots, self.job.search, self.machine, seed, _quiet, network)
        self._box.start()
        _HOSTS[self.job.search] = self
        return self._box.kind

    def give(self, spec: str, before: Parcel) -> None:
        """Run a trial; ``before`` is what an agent that is gone had come to."""
        given = TrialSpec.from_json(spec)
        self._running.add(given.trial)
        self._promised = max(0, self._promised - 1)
        self._spool.submit(given, lambda trial: unpack(trial, before))

    def news(self, had: dict[int, Known], waiting: int) -> News:
        """What trials have written since, and how many of the ``waiting`` ones may be given now."""
        dead = self.dead  # asked first: what was written before it died is news as well
        parcels = {number: pack(SpoolPaths(self.root).trial(number), of) for number, of in had.items()}
        self._running -= {number for number, parcel in parcels.items() if parcel.last}
        self._promised, self._waiting, self._asked = 0, waiting, time.monotonic()
        wishes = {search: host.wish for search, host in list(_HOSTS.items())}
        self._promised = granted(int(os.environ.get(SLOTS, "1")), wishes, self.job.search)
        self._waiting -= self._promised
        return News(parcels, dead, self._promised)

    @property
    def wish(self) -> Wish:
        """What it has of this agent's slots, and would have: nothing more where its driver asks no more."""
        if self.dead:
            return Wish(0, 0)
        if time.monotonic() - self._asked < ASKS_S:
            return Wish(len(self._running) + self._promised, self._waiting, self._places)
        self._running = {n for n in self._running if not has_ended(SpoolPaths(self.root).trial(n))}
        return Wish(len(self._running), 0, self._places)

    @property
    def dead(self) -> str:
        """Why the sandbox is dead; empty while it lives."""
        death = self._box.death() if self._box is not None else None
        return "it was ended" if self._box is None else death.reason if death is not None else ""

    @property
    def _places(self) -> int | None:
        gpu = self._box.gpu if self._box is not None else None
        return None if gpu is None else len(gpu.places)

    def stop(self) -> None:
        """End the sandbox, and forget the search."""
        if self._box is not None:
            self._box.stop()
            self._box = None
        _HOSTS.pop(self.job.search, None)
        shutil.rmtree(self.root, ignore_errors=True)


def _quiet(_: str) -> None:
    """An agent's log is dask's."""


def reap(search: str) -> None:
    """End what an earlier driver of a search has left, and what others have whose sandboxes died with their drivers."""
    for host in list(_HOSTS.values()):
        if host.job.search == search or host.dead:
            host.stop()


def end_all() -> None:
    """End what is left of all searches: the agent ends."""
    for host in list(_HOSTS.values()):
        host.stop()
