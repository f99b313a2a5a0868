"""What an agent does for one search: a warm sandbox on a folder of its own. The driver holds it as a dask actor."""

from __future__ import annotations

import os
import shutil

from mlprojects.contract.layout import SpoolPaths
from mlprojects.contract.trial import TrialSpec
from pipelines.cluster import cached
from pipelines.cluster.parcels import Job, Known, Parcel, pack, unpack, untar
from pipelines.environments import Environment
from pipelines.errors import PlatformError
from pipelines.sandbox import Sandbox, choose
from pipelines.settings import MachineSettings
from pipelines.sources.data import cache_folder
from pipelines.spool import Spool

SANDBOX, SLOTS = "AUTOTWEAK_AGENT_SANDBOX", "AUTOTWEAK_AGENT_SLOTS"
_HOSTS: dict[str, Host] = {}
"""By their searches: a driver that takes over finds what the one before it has left, and ends that first."""


class Host:
    """The trials of one search on this machine."""

    _spool: Spool

    def __init__(self, job: Job) -> None:
        """Take the job; nothing is made yet."""
        self.job = job
        self.machine = MachineSettings()
        self.root = self.machine.home / "cluster" / job.search
        self._box: Sandbox | None = None

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

    def open(self, source: bytes, data: bytes) -> str:
        """Unpack source and data, make the environment, and start the sandbox; its kind.

        Raises:
            PlatformError: one of them cannot be made here.
        """
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
        self._spool.submit(TrialSpec.from_json(spec), lambda trial: unpack(trial, before))

    def news(self, had: dict[int, Known]) -> tuple[dict[int, Parcel], str]:
        """What trials have written since, and why the sandbox is dead; empty while it lives."""
        dead = self.dead  # asked first: what was written before it died is news as well
        return {number: pack(SpoolPaths(self.root).trial(number), of) for number, of in had.items()}, dead

    @property
    def dead(self) -> str:
        """Why the sandbox is dead; empty while it lives."""
        death = self._box.death() if self._box is not None else None
        return "it was ended" if self._box is None else death.reason if death is not None else ""

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
