"""A registry in SQLite, models that need no training, and a small server that speaks MLflow's scoring protocol."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from pipelines.environments import Environment
from pipelines.serving.process import ProcessLauncher
from pipelines.serving.registry import Registry

SERVER = Path(__file__).with_name("small_server.py")
EXAMPLE = {"inputs": [[1.0], [2.0]]}


class SmallLauncher(ProcessLauncher):
    """Starts the small server in place of MLflow's, in milliseconds; everything else is the real one's."""

    def command(self, environment: Environment) -> list[str]:
        """The small server."""
        return [sys.executable, str(SERVER)]


def write_model(folder: Path, behaviour: str = "", pins: str = "scikit-learn==1.9.1") -> Path:
    """A model in the form that MLflow saves; ``behaviour`` is what the small server does."""
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {python_function: {loader_module: none}}\nmodel_uuid: x\n")
    (folder / "requirements.txt").write_text(f"mlflow==3.17.2\n{pins}\n")
    (folder / "serving_input_example.json").write_text(json.dumps(EXAMPLE))
    (folder / "behaviour").write_text(behaviour)
    return folder


def register(registry: Registry, name: str, folder: Path, tags: dict[str, str] | None = None) -> str:
    """Register a model's folder as the next version of a name."""
    client = registry._client
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    given = {"target": "accuracy 0.8"} if tags is None else tags
    return str(client.create_model_version(name, source=folder.as_uri(), tags=given).version)


def until(condition, step=lambda: None, limit_s: float = 60.0) -> None:
    """Take steps until something holds; it has to within the limit."""
    deadline, pause = time.monotonic() + limit_s, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        step()
        pause.wait(0.01)


@pytest.fixture(scope="session")
def registry(tmp_path_factory):
    """Give one registry for the session: SQLite's tables take seconds."""
    from mlflow import set_tracking_uri

    before = {name: os.environ.pop(name) for name in ("MLFLOW_TRACKING_URI",) if name in os.environ}
    made = Registry(tmp_path_factory.mktemp("home"))
    assert made._client
    yield made
    set_tracking_uri(None)
    os.environ.update(before)
