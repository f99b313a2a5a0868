"""The contract of serving backends, held by processes and by containers: a real model in its real environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.environments import Environment, ensure_venv
from pipelines.serving.backend import Backend, Launcher, NotServableError, ask, await_health, check
from pipelines.serving.docker import LABEL, DockerLauncher
from pipelines.serving.process import ProcessLauncher
from pipelines.serving.registry import Version
from pipelines.serving.store import Stored
from pipelines.settings import MachineSettings

pytestmark = pytest.mark.slow
SAVE = """
import sys
import mlflow.sklearn
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
x, y = load_iris(return_X_y=True, as_frame=True)
model = LogisticRegression(max_iter=500).fit(x, y)
pins = sys.argv[2:]
mlflow.sklearn.save_model(model, sys.argv[1], input_example=x.head(3), pip_requirements=pins)
"""
COLUMNS = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]


@pytest.fixture(scope="module")
def model(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """A classifier of data frames, saved in the sklearn environment."""
    sklearn, folder = Environment("sklearn"), tmp_path_factory.mktemp("saved")
    python = ensure_venv(sklearn, home, print)
    subprocess.run([python, "-c", SAVE, folder / "model", *sklearn.requirements()], check=True)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return Stored(Version("iris", "1", "a"), folder / "model")


@pytest.fixture(params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def launcher(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Iterator[Launcher]:
    """One launcher of each kind; what it started is removed."""
    # Long, as homes may be: the system takes no socket with so long a path.
    runs = tmp_path / ("long" * 20) / "run"
    runs.mkdir(parents=True)
    made: Launcher
    if request.param == "docker":
        client = request.getfixturevalue("docker_engine")
        made = DockerLauncher(runs, client, "iris", MachineSettings(home=home), print)
    else:
        made = ProcessLauncher(runs, home, print)
    yield made
    made.remove_leftovers()


def kill(backend: Backend) -> None:
    """SIGKILL, or what comes nearest."""
    container = getattr(backend, "_container", None)
    if container is not None:
        container.kill()
    else:
        os.kill(backend._process.pid, signal.SIGKILL)  # type: ignore[attr-defined]


def test_a_backend_lives_answers_and_dies(launcher: Launcher, model: Stored) -> None:
    """It passes its check, answers in the protocol, says why it died, and leaves nothing."""
    backend = launcher.start(model, Environment("sklearn"))
    await_health(backend)
    assert check(backend, model)
    assert backend.death() is None
    body = json.dumps({"dataframe_split": {"columns": COLUMNS, "data": [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]}})
    status, answer = ask(backend.socket, "POST", "/invocations", body.encode())
    assert (status, json.loads(answer)) == (200, {"predictions": [0, 2]})
    kill(backend)
    deadline = time.monotonic() + 30
    while (reason := backend.death()) is None:
        assert time.monotonic() < deadline
    assert "status" in reason
    backend.stop()
    backend.stop()
    assert not backend.socket.parent.exists()


def test_what_a_killed_service_leaves_is_removed(launcher: Launcher, model: Stored) -> None:
    """A later service, which knows of no backend, finds it and ends it; a second look finds nothing."""
    backend = launcher.start(model, Environment("sklearn"))
    assert launcher.remove_leftovers() == 1
    assert backend.death() is not None
    assert launcher.remove_leftovers() == 0


def test_what_is_well_is_found_again(launcher: Launcher, model: Stored) -> None:
    """It is found by a service that did not start it, alone of all that is left, and can be ended; no other is."""
    environment = Environment("sklearn")
    started = launcher.start(model, environment)
    await_health(started)
    for other in (Version("iris", "2", "a"), Version("iris", "1", "b")):
        assert launcher.left_behind(Stored(other, model.model), environment) is None
    assert launcher.left_behind(model, Environment("sklearn", ("tabulate==0.9.0",))) is None
    found = launcher.left_behind(model, environment)
    assert found is not None
    launcher.start(Stored(Version("iris", "2", "a"), model.model), environment)
    assert launcher.remove_leftovers(found) == 1
    assert check(found, model)
    found.stop()
    found.stop()
    assert found.death() is not None
    assert started.death() is not None
    assert not found.socket.parent.exists()
    assert launcher.left_behind(model, environment) is None


def test_a_model_that_cannot_be_loaded_says_why(launcher: Launcher, model: Stored, tmp_path: Path) -> None:
    """The last line of what it printed is the reason."""
    broken = tmp_path / "model"
    broken.mkdir()
    for path in model.model.iterdir():
        (broken / path.name).write_bytes(b"not a model" if path.name.startswith("model.") else path.read_bytes())
    backend = launcher.start(Stored(Version("iris", "2", "b"), broken), Environment("sklearn"))
    with pytest.raises(NotServableError, match=r"ended with status 1: .*not a zip file"):
        await_health(backend)
    backend.stop()


@pytest.mark.docker
def test_what_the_container_is_kept_to(docker_engine: Any, home: Path, model: Stored, tmp_path: Path) -> None:
    """No network, nothing to write to but the socket's folder, no rights, not root, and a health check."""
    runs = tmp_path / "run"
    runs.mkdir()
    launcher = DockerLauncher(runs, docker_engine, "iris", MachineSettings(home=home), print)
    backend = launcher.start(model, Environment("sklearn"))
    try:
        (container,) = docker_engine.containers.list(filters={"label": f"{LABEL}=iris"})
        host, config = container.attrs["HostConfig"], container.attrs["Config"]
        assert host["NetworkMode"] == "none"
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert host["Memory"] == MachineSettings().memory_mib << 20
        assert not host["PortBindings"]
        assert config["User"].split(":")[0] != "0"
        assert config["Healthcheck"]["Test"][0] == "CMD"
        await_health(backend)
        well = container.exec_run(config["Healthcheck"]["Test"][1:])
        assert well.exit_code == 0
        written = container.exec_run(["sh", "-c", "echo x > /model/x; echo x > /x"])
        assert written.exit_code != 0
        assert written.output.count(b"Read-only file system") == 2
    finally:
        backend.stop()
