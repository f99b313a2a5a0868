"""A version served by a container of its environment's image: no network, no port, a Unix socket in a shared folder."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Any

import docker

from pipelines.environments import Environment, Say, ensure_image
from pipelines.errors import PlatformError
from pipelines.sandbox.docker import NOBODY, confined, ended
from pipelines.sandbox.process import script_environment, threads_per_slot
from pipelines.serving.backend import SOCKET, STOP_S, Backend, fingerprint, forget, is_well, run_folder
from pipelines.serving.store import Stored
from pipelines.settings import MachineSettings

MODEL, SHARED = "/model", "/serving"
SECOND = 1_000_000_000
LABEL = "autotweak.serving"
RUN, SERVES = "autotweak.run", "autotweak.serves"
"""Labels: the folder of a container, and what it serves."""


class DockerBackend:
    """MLflow's scoring server as the first process of a container."""

    def __init__(self, version: str, folder: Path, container: Any) -> None:
        self.version, self.socket = version, folder / SOCKET
        self._folder, self._container = folder, container

    def death(self) -> str | None:
        """Exit status, out-of-memory and the last line of the log; an engine that is away is not a death."""
        try:
            end = ended(self._container)
        except (docker.errors.DockerException, OSError) as error:
            return None if is_well(self) else f"the Docker engine does not answer: {error}"
        if end is None:
            return None
        memory = " out of memory" if end.out_of_memory else ""
        return f"{end.how}{memory}: {end.said[:300]}" if end.said else f"{end.how}{memory}"

    def stop(self) -> None:
        """Ask it to end, remove the container, and its folder."""
        with contextlib.suppress(docker.errors.DockerException, OSError):
            self._container.stop(timeout=int(STOP_S))
        with contextlib.suppress(docker.errors.DockerException, OSError):
            self._container.remove(force=True, v=True)
        forget(self.socket)
        shutil.rmtree(self._folder, ignore_errors=True)


class DockerLauncher:
    """Starts containers; their labels say whose they are."""

    kind = "docker"

    def __init__(self, runs: Path, client: Any, name: str, machine: MachineSettings, say: Say) -> None:
        self._runs, self._client, self._machine, self._say = runs, client, machine, say
        self._labels = labels(name, machine)

    def start(self, stored: Stored, environment: Environment) -> DockerBackend:
        """Start a version in the environment's image."""
        image = ensure_image(environment, self._client, self._say)
        folder = run_folder(self._runs)
        uid, gid = os.getuid(), os.getgid()
        if uid == 0:
            uid = gid = NOBODY
            os.chown(folder, uid, gid)
        try:
            processors = self._machine.cpus or float(self._client.info()["NCPU"])
            container = self._client.containers.run(
                image,
                ["python", "-m", "mlprojects.sandbox.serve", MODEL, f"{SHARED}/{SOCKET}"],
                **confined(self._machine, uid, gid, processors),
                volumes={
                    str(stored.model.resolve()): {"bind": MODEL, "mode": "ro"},
                    str(folder.resolve()): {"bind": SHARED, "mode": "rw"},
                },
                environment=script_environment(threads_per_slot(processors, 1), 0),
                healthcheck={
                    "test": ["CMD", "python", "-m", "mlprojects.sandbox.serve", f"{SHARED}/{SOCKET}"],
                    "interval": 10 * SECOND,
                    "timeout": 10 * SECOND,
                    "retries": 3,
                    "start_period": 180 * SECOND,
                },
                labels=self._told(stored, environment) | {RUN: folder.name, "autotweak.version": stored.about.version},
            )
        except (docker.errors.DockerException, OSError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise PlatformError(
                f"a container cannot be started: {getattr(error, 'explanation', None) or error}"
            ) from error
        return DockerBackend(stored.about.version, folder, container)

    def left_behind(self, stored: Stored, environment: Environment) -> DockerBackend | None:
        """A running container of this version, image and limits."""
        for container in self._labelled(self._told(stored, environment), all=False):
            folder = self._runs / _folder(container)
            if folder.is_dir():
                return DockerBackend(stored.about.version, folder, container)
        return None

    def remove_leftovers(self, kept: Backend | None = None) -> int:
        """Remove the containers of this name and home, and their folders."""
        found = [one for one in self._labelled(self._labels) if kept is None or _folder(one) != kept.socket.parent.name]
        for container in found:
            try:
                container.remove(force=True, v=True)
            except docker.errors.NotFound:
                pass
            except (docker.errors.DockerException, OSError) as error:
                raise PlatformError(f"a container that an earlier service left cannot be removed: {error}") from error
            if _folder(container):
                shutil.rmtree(self._runs / _folder(container), ignore_errors=True)
        return len(found)

    def _told(self, stored: Stored, environment: Environment) -> dict[str, str]:
        """What its labels say of a container."""
        limits = f"{self._machine.memory_mib} {self._machine.cpus} {self._machine.pids}"
        return self._labels | {SERVES: fingerprint(stored, f"{environment.image} {limits}")}

    def _labelled(self, labels: dict[str, str], all: bool = True) -> list[Any]:  # noqa: A002 - as the engine calls it
        wanted = [f"{key}={value}" for key, value in labels.items()]
        try:
            return list(self._client.containers.list(all=all, filters={"label": wanted}))
        except (docker.errors.DockerException, OSError) as error:
            raise PlatformError(f"the Docker engine does not answer: {error}") from error


def _folder(container: Any) -> str:
    return str(container.labels.get(RUN, ""))


def labels(name: str, machine: MachineSettings) -> dict[str, str]:
    """What tells the containers of one served name of one home from all others."""
    return {LABEL: name, "autotweak.home": str(machine.home.resolve())}
