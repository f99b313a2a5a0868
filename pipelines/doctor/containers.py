"""What the Docker engine says of itself, and what is seen in a container that it starts."""

from __future__ import annotations

import contextlib
import errno
import json
import re
from typing import Any

import docker

from pipelines.doctor.facts import (
    TRIED_MEMORY_MIB,
    TRIED_PIDS,
    EngineAbsent,
    EngineFact,
    EnvironmentFact,
    Tried,
)
from pipelines.environments import FAMILY_OF, Environment
from pipelines.sandbox.docker import NOBODY, confined
from pipelines.settings import MachineSettings

ENGINE_S, TRY_S = 10, 40
_INSIDE = """
import json, socket
def read(*paths):
    for path in paths:
        try:
            return open(path).read().strip()
        except OSError:
            pass
def works(act):
    try:
        act()
        return True
    except OSError:
        return False
reach = lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 9))
print(json.dumps({
    "memory": read("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    "pids": read("/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"),
    "network": works(reach),
    "writes": works(lambda: open("/probe", "w")),
}))
"""
"""192.0.2.1 is nobody's: without a network there is no way to it, with one the kernel knows a way."""


def _client() -> Any:
    return docker.from_env(timeout=ENGINE_S)


def engine(_: MachineSettings) -> EngineFact | EngineAbsent:
    """Ask the engine about itself."""
    try:
        client = _client()
        version, info = client.version(), client.info()
    except (docker.errors.DockerException, OSError) as error:
        denied = "Permission denied" in str(error) or getattr(error, "errno", None) == errno.EACCES
        return EngineAbsent("permission denied" if denied else "none listens", denied)
    bounds = {"memory": "MemoryLimit", "processes": "PidsLimit", "processors": "CpuCfsQuota"}
    return EngineFact(
        version=str(version.get("Version")),
        api=tuple(int(part) for part in re.findall(r"\d+", str(version.get("ApiVersion", "0")))),
        cgroup=str(info.get("CgroupVersion", "1")),
        driver=str(info.get("CgroupDriver", "?")),
        unbounded=tuple(what for what, key in bounds.items() if info.get(key) is False),
    )


def sandbox(machine: MachineSettings) -> Tried:
    """Start a container as a sandbox is started, and look around in it."""
    try:
        client = _client()
        here = {tag for image in client.images.list() for tag in image.tags}
    except (docker.errors.DockerException, OSError):
        return Tried(skipped="no Docker engine answers", remedy="")
    made = [Environment(name) for name in FAMILY_OF]
    image = next((name for name in (*(one.image for one in made), *map(base_of, made)) if name in here), None)
    if image is None:
        return Tried(skipped="no image is there yet", remedy="autotweak images")
    small = machine.model_copy(update={"memory_mib": TRIED_MEMORY_MIB, "pids": TRIED_PIDS})
    try:
        said = client.containers.run(
            image,
            ["python", "-c", _INSIDE],
            remove=True,
            **{**confined(small, NOBODY, NOBODY, 1.0), "detach": False},
        )
        seen = json.loads(said)
    except (docker.errors.DockerException, OSError, ValueError) as error:
        return Tried(refused=str(getattr(error, "explanation", None) or error).splitlines()[0][:300])
    return Tried(
        memory_bytes=_number(seen["memory"]),
        pids=_number(seen["pids"]),
        network=bool(seen["network"]),
        writes=bool(seen["writes"]),
    )


def _number(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isdigit() else 0


def base_of(environment: Environment) -> str:
    """The image that an environment's is built from."""
    text = (environment.folder / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"^FROM\s+(\S+)", text, re.MULTILINE)
    return found[1] if found else ""


def environments(machine: MachineSettings) -> list[EnvironmentFact]:
    """What is made of each."""
    here: set[str] | None = None
    with contextlib.suppress(docker.errors.DockerException, OSError):
        here = {tag for image in _client().images.list() for tag in image.tags}
    return [
        EnvironmentFact(
            name=name,
            venv=(one.venv(machine.home) / ".complete").exists(),
            image=None if here is None else one.image in here,
            base=base_of(one),
            base_here=here is not None and base_of(one) in here,
        )
        for name in FAMILY_OF
        for one in (Environment(name),)
    ]
