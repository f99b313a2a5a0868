"""The adapter to the Docker engine: the sandboxes of one home, and events that say "look"."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Any

import docker

from pipelines.monitor.decide import ContainerFact
from pipelines.sandbox.docker import HOME, SEARCH

TIMEOUT_S = 10
EVENTS = ["die", "oom", "destroy"]


class Engine:
    """One machine's engine, which may be absent, and come and go."""

    def __init__(self, home: Path) -> None:
        self._own = [f"{HOME}={home.resolve()}", SEARCH]  # what serves from this home is not the monitor's
        self.wake = threading.Event()
        """Set when something happened to a container of ours."""
        self._follower: threading.Thread | None = None

    def containers(self) -> list[ContainerFact] | None:
        """The sandboxes, dead ones too; None where no engine answers."""
        try:
            client = docker.from_env(timeout=TIMEOUT_S)
            try:
                found = client.containers.list(all=True, filters={"label": self._own}, ignore_removed=True)
            finally:
                client.close()
        except (docker.errors.DockerException, OSError):
            return None
        self._follow()
        return [ContainerFact(str(container.id), container.labels[SEARCH]) for container in found]

    def remove(self, container: str) -> str | None:
        """Remove a container with everything in it; why it cannot be, None where it is gone."""
        try:
            client = docker.from_env(timeout=TIMEOUT_S)
            try:
                client.containers.get(container).remove(force=True, v=True)
            finally:
                client.close()
        except docker.errors.NotFound:
            return None
        except (docker.errors.DockerException, OSError) as error:
            return str(getattr(error, "explanation", None) or error)
        return None

    def _follow(self) -> None:
        """Listen, in a thread that ends with the engine; what is missed then is found by looking."""
        if self._follower is None or not self._follower.is_alive():
            self._follower = threading.Thread(target=self._listen, name="engine", daemon=True)
            self._follower.start()

    def _listen(self) -> None:
        filters: dict[str, Any] = {"type": "container", "event": EVENTS, "label": self._own}
        with contextlib.suppress(docker.errors.DockerException, OSError, ValueError):
            client = docker.from_env(timeout=TIMEOUT_S)
            for _ in client.events(decode=True, filters=filters):
                self.wake.set()
        self.wake.set()
