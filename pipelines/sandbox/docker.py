"""A container as the sandbox: no network, read-only root, no capabilities, not root, bounded."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import docker

from mlprojects.contract.restart import UNUSABLE, Restart
from pipelines.environments import Environment, Say, ensure_image
from pipelines.errors import PlatformError
from pipelines.gpu import Given
from pipelines.logs import last_words
from pipelines.restarts import Death, Memory
from pipelines.sandbox.process import script_environment, threads_per_slot
from pipelines.settings import MachineSettings
from pipelines.sources.data import cache_folder
from pipelines.spool import Spool

INSIDE = "/spool"
SEARCH, HOME = "autotweak.search", "autotweak.home"
"""Labels: whose container it is."""
NOBODY = 65532
"""User and group inside where the driver is root; otherwise the sandbox runs as the driver's own user."""


def engine() -> Any | None:
    """A client of the engine that answers, or None."""
    try:
        client = docker.from_env(timeout=600)
        client.ping()
        return client
    except (docker.errors.DockerException, OSError):
        return None


def confined(machine: MachineSettings, uid: int, gid: int, processors: float) -> dict[str, Any]:
    """What every container of ours is kept to: no network, nothing to write but its mounts, no rights, bounded."""
    return {
        "detach": True,
        "init": True,
        "user": f"{uid}:{gid}",
        "network_mode": "none",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": f"{machine.memory_mib}m",
        "memswap_limit": f"{machine.memory_mib}m",
        "nano_cpus": int(processors * 1e9),
        "pids_limit": machine.pids,
        "tmpfs": {"/tmp": "rw,nosuid,nodev,size=1g,mode=1777"},  # noqa: S108 - inside the container
    }


@dataclass(frozen=True)
class Ended:
    """A container that runs no more."""

    how: str
    out_of_memory: bool = False
    said: str = ""
    """The last words of its log."""
    status: int | None = None
    """Its exit status."""


def ended(container: Any) -> Ended | None:
    """How a container ended; None while it runs.

    Raises:
        DockerException, OSError: the engine does not answer.
    """
    try:
        container.reload()
        state = container.attrs["State"]
        if state["Running"]:
            return None
        said = last_words(container.logs(tail=20).decode(errors="replace"))
    except docker.errors.APIError as error:
        if error.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):  # the latter while it is being removed
            raise
        return Ended("the container was removed")
    status = int(state["ExitCode"])
    return Ended(f"the container ended with status {status}", bool(state["OOMKilled"]), said, status)


class DockerSandbox:
    """The supervisor as the first process of a container."""

    kind = "docker"

    def __init__(self, client: Any, options: dict[str, Any], memory: Memory, gpu: Given | None = None) -> None:
        self._client, self._options, self._memory = client, options, memory
        self.gpu = gpu
        self._container: Any | None = None
        self._first = True

    @property
    def memory(self) -> Memory:
        """The container's limit, and the highest that the machine's settings allow."""
        return self._memory

    @classmethod
    def prepare(
        cls,
        client: Any,
        environment: Environment,
        spool: Spool,
        slots: int,
        search: str,
        machine: MachineSettings,
        seed: int,
        say: Say,
        network: bool = False,
        gpu: Given | None = None,
    ) -> DockerSandbox:
        """Make the image ready and fix the container's options."""
        image = ensure_image(environment, client, say)
        uid, gid = os.getuid(), os.getgid()
        if uid == 0:
            uid = gid = NOBODY
            spool.give_to(uid, gid)
        paths = spool.paths
        if not paths.restart.exists():
            spool.say(Restart())
        processors = machine.cpus or float(client.info()["NCPU"])
        options = {
            "image": image,
            "command": ["python", "-m", "mlprojects.sandbox.supervisor", INSIDE, environment.family, str(slots)],
            **confined(machine, uid, gid, processors),
            "network_mode": "bridge" if network else "none",
            "volumes": {
                # Not the spool's root: what the driver keeps there is none of the script's business.
                str(paths.source): {"bind": f"{INSIDE}/source", "mode": "ro"},
                str(paths.trials): {"bind": f"{INSIDE}/trials", "mode": "rw"},
                str(paths.restart): {"bind": f"{INSIDE}/{paths.restart.name}", "mode": "ro"},
                str(cache_folder(machine.home.resolve())): {"bind": f"{INSIDE}/data", "mode": "ro"},
            },
            "environment": script_environment(threads_per_slot(processors, slots), seed),
            "labels": {SEARCH: search, HOME: str(machine.home.resolve()), "autotweak.environment": environment.digest},
        }
        if gpu is not None:
            options["device_requests"] = [docker.types.DeviceRequest(**gpu.request)]
            options["environment"] |= gpu.variables
        most = max(machine.memory_mib, machine.most_memory_mib or 0)
        return cls(client, options, Memory(machine.memory_mib, most), gpu)

    @property
    def started(self) -> bool:
        """Whether there is a container."""
        return self._container is not None

    def start(self) -> None:
        """Start a container, or go on with the one that an earlier driver of the search has left running."""
        try:
            left = self._of_the_search()
            adopted = next((found for found in left if self._first and self._fits(found)), None)
            for found in left:
                if found is not adopted:
                    found.remove(force=True, v=True)
            self._container = adopted or self._client.containers.run(**self._options)
        except (docker.errors.DockerException, OSError) as error:
            with contextlib.suppress(docker.errors.DockerException, OSError):
                for found in self._of_the_search():  # made, and not to be started
                    if found.status == "created":
                        found.remove(force=True, v=True)
            detail = getattr(error, "explanation", None) or error
            hint = "; AUTOTWEAK_GPU=none trains on processors" if self.gpu is not None else ""
            raise PlatformError(f"the container cannot be started: {detail}{hint}") from error
        self._first = False

    def _of_the_search(self) -> list[Any]:
        label = f"{SEARCH}={self._options['labels'][SEARCH]}"
        return list(self._client.containers.list(ignore_removed=True, all=True, filters={"label": label}))

    def _fits(self, container: Any) -> bool:
        return bool(container.status == "running" and container.attrs["Config"]["Image"] == self._options["image"])

    def resize(self, memory_mib: int) -> None:
        """Change the limit; of a container that is gone it is the next one's."""
        limits = {"mem_limit": f"{memory_mib}m", "memswap_limit": f"{memory_mib}m"}
        self._options |= limits
        self._memory = Memory(memory_mib, max(memory_mib, self._memory.most_mib))
        if self._container is not None:
            with contextlib.suppress(docker.errors.DockerException, OSError):
                self._container.update(**limits)

    def death(self) -> Death | None:
        """Exit status, out-of-memory and the last line of the log."""
        if self._container is None:
            return None
        try:
            end = ended(self._container)
        except (docker.errors.DockerException, OSError) as error:
            return Death("infrastructure", f"the Docker engine does not answer: {error}")
        if end is None:
            return None
        if end.out_of_memory:
            return Death("out_of_memory", f"{end.how} out of memory at {self._memory.limit_mib} MiB")
        if end.status == UNUSABLE:
            return Death("unusable", end.said)
        return Death("infrastructure", f"{end.how}: {end.said}" if end.said else end.how)

    def stop(self) -> None:
        """Remove the container with everything in it."""
        if self._container is None:
            return
        # Already gone, or the engine is: its labels say whose it is, and the supervisor ends by itself.
        with contextlib.suppress(docker.errors.DockerException, OSError):
            self._container.remove(force=True, v=True)
        self._container = None
