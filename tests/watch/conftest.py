"""A real Git remote and a real tracking store for the service."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path
from typing import Any, ClassVar

import pytest
from mlflow import MlflowClient

from pipelines.watch.config import WatchConfig
from pipelines.watch.queue import Queue
from pipelines.watch.remote import heads
from pipelines.watch.service import Service
from tests.watch.processes import SECRET, Processes, made_of


class Remote:
    """A bare repository, and a developer's clone that pushes to it."""

    def __init__(self, folder: Path, name: str = "wine") -> None:
        self.bare, self.clone = folder / f"{name}.git", folder / f"{name}-clone"
        folder.mkdir(parents=True, exist_ok=True)
        self._git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        self._git(folder, "clone", "--quiet", str(self.bare), str(self.clone))
        self._git(self.clone, "checkout", "--quiet", "-B", "main")

    @property
    def url(self) -> str:
        """Where Git fetches from."""
        return self.bare.as_uri()

    def push(self, text: str, branch: str = "main", file: str = "train.py", force: bool = False) -> str:
        """Commit ``text`` and push it; the commit."""
        self._git(self.clone, "checkout", "--quiet", "-B", branch)
        (self.clone / file).write_text(text)
        self._git(self.clone, "add", ".")
        self._git(self.clone, "commit", "--quiet", "--allow-empty", "-m", "change", *(["--amend"] if force else []))
        self._git(self.clone, "push", "--quiet", *(["--force"] if force else []), "origin", branch)
        return self._git(self.clone, "rev-parse", "HEAD")

    def delete(self, branch: str) -> None:
        """Delete a branch."""
        self._git(self.clone, "push", "--quiet", "origin", f":{branch}")

    @staticmethod
    def _git(folder: Path, *arguments: str) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()


class Counting(MlflowClient):
    """A client that notes where it was asked for runs."""

    asked: ClassVar[list[list[str]]] = []

    def search_runs(self, experiment_ids: list[str], *args: Any, **kwargs: Any) -> Any:
        """Note it, and ask."""
        self.asked.append(list(experiment_ids))
        return super().search_runs(experiment_ids, *args, **kwargs)


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """An empty repository."""
    return Remote(tmp_path / "git")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[MlflowClient, str]:
    """A client of an SQLite store, made once: its tables take seconds; and where artifacts go."""
    folder = tmp_path_factory.mktemp("store")
    client = MlflowClient(tracking_uri=f"sqlite:///{folder}/mlflow.db")
    client.search_experiments(max_results=1)
    return client, (folder / "artifacts").as_uri()


@pytest.fixture
def make(store, tmp_path):
    """A service over one remote with a name of its own."""
    services = []

    def making(remote, launcher=None, name=None, **options):
        name = name or f"wine-{uuid.uuid4().hex[:8]}"
        repository = {"url": remote.url, "name": name, "secret": SECRET.decode(), "branches": ["main", "exp/*"]}
        config = WatchConfig.model_validate({"repositories": [repository], **options})
        service = Service(config, Queue(*store), launcher or Processes(), heads, made_of)
        services.append(service)
        return service

    yield making
    for service in services:
        service.stop(end_searches=True)
