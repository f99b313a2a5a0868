"""Serving as a person starts it: real models from real runs, swapped under load, killed, and cut off the registry."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts

from tests.end_to_end.conftest import ROOT, AutoTweak

ROW = [13.2, 1.8, 2.1, 11.2, 100.0, 2.7, 2.8, 0.26, 1.3, 4.4, 1.05, 3.4, 1050.0]
NAMES = [f"c{number}" for number in range(13)]
CSV = ",".join(NAMES) + "\n" + ",".join(map(str, ROW)) + "\n"
FORMATS = {
    "inputs": {"inputs": [ROW]},
    "instances": {"instances": [ROW]},
    "dataframe_split": {"dataframe_split": {"columns": NAMES, "data": [ROW]}},
    "dataframe_records": {"dataframe_records": [dict(zip(NAMES, ROW, strict=True))]},
}
FRAME = """
import keras
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
data = load_iris(as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, random_state=0)
model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(3, activation="softmax")])
model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=30, verbose=0)
print(model.evaluate(X_test, y_test, verbose=0))
"""


class Served:
    """One ``autotweak serve`` in a process of its own, its log read line by line."""

    def __init__(self, home: Path, name: str, *options: str, **variables: str) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
        environment |= {"AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "pipelines", "serve", name, "--port", "0", *options]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
        self.lines: list[dict[str, Any]] = []
        self._grown = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self.port = self.event("listening")["port"]

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._grown:
                self.lines.append(json.loads(line) if line.startswith("{") else {"event": "text", "text": line})
                self._grown.notify_all()

    def event(self, event: str, number: int = 1, **about: str) -> dict[str, Any]:
        """The log's ``number``-th line about an event, once it is there."""

        def found() -> list[dict[str, Any]]:
            return [x for x in self.lines if x["event"] == event and about.items() <= x.items()]

        with self._grown:
            assert self._grown.wait_for(lambda: len(found()) >= number, timeout=240), self.lines
        return found()[number - 1]

    def ask(self, path: str, body: Any = None, content: str = "application/json") -> tuple[int, Any]:
        """Status and answer; JSON where it is."""
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": content})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        return status, json.loads(text) if text.startswith(b"{") else text

    def end(self) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.process.wait(60)


@pytest.fixture
def serve(home: Path) -> Iterator[Callable[..., Served]]:
    """Give the function that starts serving; what still runs at the end is ended."""
    started: list[Served] = []

    def start(name: str, *options: str, **variables: str) -> Served:
        started.append(Served(home, name, *options, **variables))
        return started[-1]

    yield start
    for served in started:
        if served.process.poll() is None:
            served.end()  # with its backends, where a test has failed


def backends(home: Path, name: str) -> list[int]:
    """The ids of the processes that serve a name."""
    return [int(path.read_text()) for path in (home / "serving" / name / "run").glob("*/pid")]


def register_broken(home: Path, name: str, folder: Path) -> str:
    """Register a version of a name whose model cannot be loaded."""
    client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlflow.db")
    uri = client.get_model_version_download_uri(name, "1")
    good = download_artifacts(artifact_uri=uri, tracking_uri=f"sqlite:///{home}/mlflow.db")
    shutil.copytree(good, folder)
    (folder / "model.skops").write_bytes(b"cut off")
    return str(client.create_model_version(name, source=folder.as_uri()).version)


@pytest.mark.slow
def test_from_a_run_to_a_server_that_survives(
    autotweak: AutoTweak, home: Path, serve: Callable[..., Served], tmp_path: Path
) -> None:
    """Formats, a swap under load, a refused swap, SIGKILL of backend and of service, no registry, SIGTERM."""
    name, example = "served-wine", ROOT / "examples" / "wine-svm"
    for options in (("--seed", "1"), ("--seed", "2", "--no-promote")):
        assert autotweak("run", example, "--name", name, "--sandbox", "process", *options).status == 0
    served = serve(name, "--sandbox", "process")
    served.event("serving", version="1")

    # The scoring protocol.
    assert served.ask("/ping")[0] == served.ask("/health")[0] == 200
    assert served.ask("/version")[1].count(b".") == 2
    assert {form: served.ask("/invocations", body) for form, body in FORMATS.items()} == dict.fromkeys(
        FORMATS, (200, {"predictions": [0]})
    )
    assert served.ask("/invocations", CSV, "text/csv") == (200, {"predictions": [0]})
    status, said = served.ask("/invocations", {"rows": [ROW]})
    assert (status, said["error_code"]) == (400, "BAD_REQUEST")

    # A swap under load.
    ending = threading.Event()

    def load() -> list[int]:
        statuses = []
        while not ending.is_set():
            statuses.append(served.ask("/invocations", FORMATS["inputs"])[0])
        return statuses

    with ThreadPoolExecutor() as pool:
        loads = [pool.submit(load) for _ in range(4)]
        moved = autotweak("promote", name, "--json")
        assert moved.json == {"name": name, "alias": "champion", "version": "2", "before": "1", "reason": ""}
        served.event("serving", version="2")
        ending.set()
        statuses = [status for done in loads for status in done.result()]
    assert set(statuses) == {200}

    # A version that cannot be loaded.
    broken = register_broken(home, name, tmp_path / "broken")
    assert autotweak("promote", name, broken).status == 0
    assert "zip file" in served.event("refused", version=broken)["reason"]
    assert served.event("alias restored")["version"] == "2"

    # The backend is killed, then the service; then there is no registry.
    (pid,) = backends(home, name)
    os.kill(pid, signal.SIGKILL)
    served.event("serving", number=2, version="2")
    assert served.ask("/invocations", FORMATS["inputs"]) == (200, {"predictions": [0]})
    served.process.kill()
    served.process.wait()
    (left,) = backends(home, name)
    served = serve(name, "--sandbox", "process", MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    served.event("serving", version="2")
    served.event("registry not reached")
    assert backends(home, name) == [left]
    assert served.ask("/invocations", FORMATS["inputs"]) == (200, {"predictions": [0]})
    state = json.loads((home / "serving" / name / "state.json").read_text())
    assert (state["version"], state["pid"]) == ("2", served.process.pid)
    assert served.end() == 0
    assert backends(home, name) == []
    assert not (home / "serving" / name / "state.json").exists()

    # The way back.
    assert autotweak("rollback", name, "--json").json["version"] == "1"
    again = autotweak("rollback", name)
    assert (again.status, again.error.count("\n")) == (2, 0)


@pytest.mark.slow
def test_networks_are_served(autotweak: AutoTweak, home: Path, serve: Callable[..., Served], tmp_path: Path) -> None:
    """Keras models of images and of data frames pass their check and answer."""
    (tmp_path / "frame.py").write_text(FRAME)
    frame, images = tmp_path / "frame.py", ROOT / "examples" / "digits-cnn"
    for source, name, target in ((frame, "served-frame", "0.7"), (images, "served-images", "0.2")):
        assert autotweak("run", source, "--name", name, "--target", target, "--sandbox", "process").status == 0
        served = serve(name, "--sandbox", "process")
        served.event("serving", version="1")
        example = (home / "serving" / name / "1" / "model" / "serving_input_example.json").read_text()
        status, said = served.ask("/invocations", example)
        assert (status, len(said["predictions"])) == (200, 5)
        if source == frame:
            columns = {"columns": ["a", "b", "c", "d"], "data": [[5.1, 3.5, 1.4, 0.2]]}
            assert len(served.ask("/invocations", {"dataframe_split": columns})[1]["predictions"][0]) == 3
        assert served.end() == 0


@pytest.mark.slow
@pytest.mark.docker
def test_a_container_that_is_killed_comes_back(
    autotweak: AutoTweak, home: Path, serve: Callable[..., Served], docker_engine: Any
) -> None:
    """``docker kill``: the same version is back, in a new container; one of a killed service serves on; SIGTERM."""
    name, wanted = "served-docker", {"label": "autotweak.serving=served-docker"}
    source = ROOT / "examples" / "wine-svm"
    assert autotweak("run", source, "--name", name, "--sandbox", "process").status == 0
    served = serve(name, "--sandbox", "docker")
    served.event("serving", version="1")
    (container,) = docker_engine.containers.list(filters=wanted)
    container.kill()
    served.event("serving", number=2, version="1")
    (container,) = docker_engine.containers.list(filters=wanted)
    served.process.kill()
    served.process.wait()
    served = serve(name, "--sandbox", "docker")
    assert served.event("serving", version="1")["taken_over"]
    assert docker_engine.containers.list(filters=wanted) == [container]
    assert served.ask("/invocations", FORMATS["inputs"]) == (200, {"predictions": [0]})
    assert served.end() == 0
    assert docker_engine.containers.list(all=True, filters=wanted) == []


@pytest.mark.slow
def test_what_is_not_there_is_one_line(autotweak: AutoTweak) -> None:
    """A name that is not registered, for each of the commands; with --json an object all the same."""
    for command in ("serve", "promote", "rollback"):
        ran = autotweak(command, "nobody")
        assert ran.status == 2
        assert "no model is registered as nobody" in ran.error
    ran = autotweak("promote", "nobody", "--json")
    assert (ran.status, ran.json["version"]) == (2, None)
