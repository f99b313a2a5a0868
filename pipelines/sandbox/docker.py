"""A container as the sandbox: no network, read-only root, no capabilities, not root, bounded."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import docker

from pipelines.data import cache_folder
from pipelines.environments import Environment, Say, ensure_image
from pipelines.errors import PlatformError
from pipelines.sandbox.process import script_environment, threads_per_slot
from pipelines.settings import MachineSettings
from pipelines.spool import Spool

INSIDE = "/spool"
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


class DockerSandbox:
    """The supervisor as the first process of a container."""

    kind = "docker"

    def __init__(self, client: Any, options: dict[str, Any]) -> None:
        self._client, self._options = client, options
        self._container: Any | None = None

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
    ) -> DockerSandbox:
        """Make the image ready and fix the container's options."""
        image = ensure_image(environment, client, say)
        uid, gid = os.getuid(), os.getgid()
        if uid == 0:
            uid = gid = NOBODY
            spool.give_to(uid, gid)
        root = spool.paths.root
        processors = machine.cpus or float(client.info()["NCPU"])
        options = {
            "image": image,
            "command": ["python", "-m", "mlprojects.sandbox.supervisor", INSIDE, environment.family, str(slots)],
            **confined(machine, uid, gid, processors),
            "network_mode": "bridge" if network else "none",
            "volumes": {
                str(root): {"bind": INSIDE, "mode": "ro"},
                str(spool.paths.trials): {"bind": f"{INSIDE}/trials", "mode": "rw"},
                str(cache_folder(machine.home.resolve())): {"bind": f"{INSIDE}/data", "mode": "ro"},
            },
            "environment": script_environment(threads_per_slot(processors, slots), seed),
            "labels": {"autotweak.search": search, "autotweak.environment": environment.digest},
        }
        return cls(client, options)

    def start(self) -> None:
        """Start a container; one that died is removed first."""
        self.stop()
        try:
            self._container = self._client.containers.run(**self._options)
        except docker.errors.DockerException as error:
            detail = getattr(error, "explanation", None) or error
            raise PlatformError(f"the container cannot be started: {detail}") from error

    def death(self) -> str | None:
        """Exit status, out-of-memory and the last line of the log."""
        if self._container is None:
            return None
        try:
            self._container.reload()
            state = self._container.attrs["State"]
            if state["Running"]:
                return None
            log = self._container.logs(tail=1).decode(errors="replace").strip()
        except docker.errors.NotFound:
            return "the container was removed"
        except (docker.errors.DockerException, OSError) as error:
            return f"the Docker engine does not answer: {error}"
        memory = " out of memory" if state["OOMKilled"] else ""
        return f"the container ended with status {state['ExitCode']}{memory}: {log or 'no output'}"

    def stop(self) -> None:
        """Remove the container with everything in it."""
        if self._container is None:
            return
        # Already gone, or the engine is: its labels say whose it is, and the supervisor ends by itself.
        with contextlib.suppress(docker.errors.DockerException, OSError):
            self._container.remove(force=True, v=True)
        self._container = None
