"""The facts of a machine that the checks judge. What a probe could not see is told in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

TRIED_MEMORY_MIB, TRIED_PIDS = 64, 32
"""What the container that is tried is given."""


@dataclass(frozen=True)
class HomeFact:
    """The home, or the nearest folder above it that is there."""

    path: Path
    free_gib: float = 0.0
    refused: str = ""
    """Why nothing can be written."""
    unlocked: str = ""
    """Why locks do not hold."""


@dataclass(frozen=True)
class EngineAbsent:
    """No engine answers."""

    reason: str
    denied: bool = False
    """There is one, and this user may not use it."""


@dataclass(frozen=True)
class EngineFact:
    """An engine that answers."""

    version: str
    api: tuple[int, ...]
    cgroup: str
    driver: str
    unbounded: tuple[str, ...] = ()
    """What it cannot limit."""


@dataclass(frozen=True)
class Tried:
    """What was seen in a container that was started as a sandbox is."""

    skipped: str = ""
    remedy: str = ""
    refused: str = ""
    memory_bytes: int = 0
    pids: int = 0
    network: bool = False
    writes: bool = False


@dataclass(frozen=True)
class EnvironmentFact:
    """What is made of one environment; ``image`` is None where no engine answers."""

    name: str
    venv: bool
    image: bool | None = None
    base: str = ""
    base_here: bool = False


@dataclass(frozen=True)
class TrackingFact:
    """The store that runs are written to."""

    where: str
    given: bool
    asked: bool = False
    problem: str = ""
    registry_problem: str = ""


@dataclass(frozen=True)
class MailFact:
    """One reader, and whether they can be reached."""

    name: str
    asked: bool = False
    sent: bool = False
    problem: str = ""


@dataclass(frozen=True)
class NotifyFact:
    """Who is told."""

    channels: tuple[MailFact, ...] = ()
    invalid: str = ""


@dataclass(frozen=True)
class SizeFact:
    """What the machine has, and what a sandbox is given."""

    processors: int
    memory_mib: int
    limit_mib: int
    cpus: float | None = None


@dataclass(frozen=True)
class GpuFact:
    """Devices, and what sandboxes make of those that can be used."""

    devices: tuple[str, ...] = ()
    said: str = ""
    """Of what NVIDIA's driver tells of: how it is used, or why it is not; empty where it tells of nothing."""
    used: bool = False
    wanted: bool = True


@dataclass(frozen=True)
class PortFact:
    """Where a service listens unless it is told otherwise."""

    port: int
    service: str
    free: bool
    ours: bool = False
    remedy: str = field(default="", compare=False)
