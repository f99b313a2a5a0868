"""Sandboxes: where the trials of one search run. Docker where an engine answers, else a local process."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from pipelines import gpu
from pipelines.environments import Environment, Say
from pipelines.errors import PlatformError, UsageError
from pipelines.gpu import Given
from pipelines.restarts import Death, Memory
from pipelines.sandbox.docker import DockerSandbox, engine
from pipelines.sandbox.process import ProcessSandbox
from pipelines.settings import MachineSettings
from pipelines.sources.data import cache_folder
from pipelines.spool import Spool

__all__ = ["KINDS", "DockerSandbox", "ProcessSandbox", "Sandbox", "choose"]

KINDS = ("auto", "docker", "process")


class Sandbox(Protocol):
    """One warm sandbox on the folder of one search."""

    kind: str

    @property
    def gpu(self) -> Given | None:
        """What its trials compute on; None: on processors."""

    @property
    def memory(self) -> Memory | None:
        """Its memory limit; None where it has none of its own."""

    @property
    def started(self) -> bool:
        """Whether it was started: that of a standby is up before its search begins."""

    def start(self) -> None:
        """Start, or start again after a death; trials that have not ended go on.

        Raises:
            PlatformError: it cannot be started.
        """

    def death(self) -> Death | None:
        """Why the sandbox is dead; None while it lives."""

    def resize(self, memory_mib: int) -> None:
        """Change its memory limit, also while it lives."""

    def stop(self) -> None:
        """End it and everything in it; safe to call twice."""


def choose(
    kind: str,
    environment: Environment,
    spool: Spool,
    slots: int,
    search: str,
    machine: MachineSettings,
    seed: int,
    say: Say,
    network: bool = False,
) -> Sandbox:
    """Make the sandbox asked for, with its environment ready; not started yet.

    ``network`` gives a container the network; a local process has it anyway.

    Raises:
        UsageError: the kind is not known.
        PlatformError: ``docker`` was asked for and no engine answers, or the environment cannot be made.
    """
    if kind not in KINDS:
        raise UsageError(f"sandbox {kind!r} is not one of {', '.join(KINDS)}")
    client = engine() if kind != "process" else None
    if kind == "docker" and client is None:
        raise PlatformError("no Docker engine answers; start one, or use --sandbox process")
    cache = cache_folder(machine.home)
    cache.mkdir(parents=True, exist_ok=True)
    given, said = None, ""
    if gpu.fits(environment) and (seen := gpu.seen()):
        given, said = gpu.decide(seen, machine, client.info() if client is not None else None, slots)
    if said:
        say(f"GPU: {said}")
    if given is not None:
        environment, slots = replace(environment, gpu=True), len(given.places)
    if client is not None:
        return DockerSandbox.prepare(client, environment, spool, slots, search, machine, seed, say, network, given)
    spool.link_data(cache)
    return ProcessSandbox.prepare(environment, spool, slots, machine.home, seed, say, given)
