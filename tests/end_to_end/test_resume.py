"""Searches that survive the death of their driver, and of their sandbox: real processes, really killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from pipelines.monitor.engine import Engine
from pipelines.sandbox.docker import HOME, SEARCH
from pipelines.searches import SearchFolder, folders
from pipelines.serving.docker import LABEL
from tests.end_to_end.conftest import ROOT, AutoTweak

pytestmark = pytest.mark.slow

WEAK = """
import time
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

X, y = load_wine(return_X_y=True)
a, b, c, d = train_test_split(X, y, random_state=0)
model = KNeighborsClassifier().fit(a, c)
time.sleep(1)
print(model.score(b, d))
"""


class Driver:
    """``autotweak run`` in the background, and the folder of its search once that is there."""

    def __init__(self, home: Path, source: Path, name: str, *options: str, **variables: str) -> None:
        self.before = {folder.search for folder in folders(home)}
        self.home = home
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "AUTOTWEAK_NOTIFY"))}
        environment |= {"AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "pipelines", "run", str(source), "--name", name, *options]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
            # Whoever runs the tests in the background has the signal ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread here
        )

    @property
    def folder(self) -> SearchFolder:
        """The search's folder."""
        (found,) = [folder for folder in folders(self.home) if folder.search not in self.before]
        return found

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End it."""
        self.process.send_signal(number)
        self.process.communicate(timeout=60)


def until(condition: Callable[[], Any], seconds: float = 400) -> None:
    """Wait for what another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def says(file: Callable[[], Path], text: str) -> Callable[[], bool]:
    """Whether a file is there and holds a text."""

    def found() -> bool:
        try:
            return text in file().read_text()
        except (FileNotFoundError, ValueError):
            return False

    return found


def journal(folder: SearchFolder, trial: int) -> Path:
    """The journal of one trial."""
    return folder.root / "trials" / f"{trial:04d}" / "journal.jsonl"


def started(folder: SearchFolder, trial: int) -> list[dict[str, Any]]:
    """The attempts at one trial."""
    events = [json.loads(line) for line in journal(folder, trial).read_text().splitlines()]
    return [event for event in events if event["event"] == "started"]


def runs(home: Path, name: str) -> tuple[Any, list[Any]]:
    """The parent run and the trials' runs of an experiment that one search has."""
    store = MlflowClient(tracking_uri=f"sqlite:///{home}/mlflow.db")
    found = store.search_runs([store.get_experiment_by_name(name).experiment_id])
    (parent,) = [run for run in found if run.data.tags["autotweak.role"] == "parent"]
    trials = [run for run in found if run.data.tags["autotweak.role"] != "parent"]
    return parent, sorted(trials, key=lambda run: int(run.data.tags["autotweak.trial"]))


def test_a_driver_that_is_killed_again_and_again(autotweak: AutoTweak, home: Path, tmp_path: Path) -> None:
    """Before the baseline, in two trials, in the confirmation, at the registration: one search, one model."""
    (tmp_path / "train.py").write_text(WEAK)
    options = ("--sandbox", "process", "--max-trials", "6", "--target", "0.9")
    first = Driver(home, tmp_path, "killed-driver", *options)
    until(says(lambda: first.folder.log, '"driving"'))
    folder = first.folder
    first.kill()
    points = [
        says(lambda: journal(folder, 0), '"started"'),
        says(lambda: journal(folder, 1), '"started"'),
        says(lambda: journal(folder, 3), '"started"'),
        says(lambda: folder.log, '"event":"stopped"'),
    ]
    environment = {**os.environ, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipelines", "resume", folder.search]
    for reached in points:
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT
        ) as process:
            until(reached)
            process.kill()
        assert folder.state() == "interrupted"
    ran = autotweak("resume", folder.search, "--json")
    assert ran.status == 0, ran.stderr
    report = ran.json
    assert (report["search"], report["trials"], report["failed_trials"]) == (folder.search, 4, 0)
    assert report["model"] == {"name": "killed-driver", "version": "1", "alias": "champion"}
    assert report["best"]["test"] >= 0.9 > report["baseline"]["test"]
    assert [len(started(folder, trial)) for trial in range(4)] == [2, 2, 1, 2]
    assert started(folder, 1)[1]["reason"] == "the driver died"
    parent, trials = runs(home, "killed-driver")
    assert parent.info.run_id == report["search_run_id"]
    assert [run.data.tags["autotweak.trial"] for run in trials] == ["0", "1", "2", "3"]
    assert {run.info.status for run in (parent, *trials)} == {"FINISHED"}
    assert set(json.loads(parent.data.tags["autotweak.restarts"])) == {"the driver died"}
    assert json.loads(trials[1].data.tags["autotweak.restarts"]) == ["the driver died"]
    store = MlflowClient(tracking_uri=f"sqlite:///{home}/mlflow.db")
    assert len(store.search_model_versions("name = 'killed-driver'")) == 1
    assert len(store.search_logged_models([parent.info.experiment_id])) == 1
    again = autotweak("resume", report["search_run_id"])
    assert (again.status, "has ended" in again.error) == (2, True)


def test_the_monitor_resumes_what_died_and_not_what_was_stopped(
    autotweak: AutoTweak, home: Path, tmp_path: Path
) -> None:
    """Ctrl-C is for the user to take back, by ``resume``; a driver that was killed is replaced, to the end."""
    go = tmp_path / "go"
    waits = f"from pathlib import Path\nwhile not Path({str(go)!r}).exists(): time.sleep(0.05)"
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "train.py").write_text(WEAK.replace("time.sleep(1)", waits))
    options = ("--sandbox", "process", "--max-trials", "2")
    stopped = Driver(home, tmp_path / "source", "stopped", *options)
    until(says(lambda: journal(stopped.folder, 0), '"started"'))
    folder = stopped.folder
    assert "is running" in autotweak("resume", folder.search).error
    stopped.kill(signal.SIGINT)
    killed = Driver(home, tmp_path / "source", "monitored", *options)
    until(says(lambda: journal(killed.folder, 0), '"started"'))
    other = killed.folder
    killed.kill()
    go.touch()
    looked = autotweak("monitor", "--once")
    assert looked.status == 0, looked.stderr
    (resumed,) = [line for line in map(json.loads, looked.stderr.splitlines()) if line["event"] == "resumed"]
    assert (resumed["search"], resumed["reason"], resumed["counter"]) == (other.search, "its driver died", 1)
    until(lambda: other.state() == "ended")
    assert runs(home, "monitored")[0].info.status == "FINISHED"
    assert folder.state() == "stopped"
    assert runs(home, "stopped")[0].info.status == "KILLED"
    ran = autotweak("resume", "--json")
    assert [report["search"] for report in ran.json["searches"]] == [folder.search]
    assert ran.json["searches"][0]["restarts"] == ["it was interrupted (during trial 0)"]
    parent, _ = runs(home, "stopped")
    assert (parent.info.status, parent.data.tags.get("autotweak.reason")) == ("FINISHED", None)


@pytest.mark.docker
def test_a_container_outlives_its_driver_and_a_search_its_container(
    autotweak: AutoTweak, docker_engine: Any, home: Path, tmp_path: Path
) -> None:
    """The next driver takes the container over, with the trial in it; a container that is killed is started again."""
    (tmp_path / "train.py").write_text(WEAK.replace("sleep(1)", "sleep(8)"))
    options = ("--sandbox", "docker", "--max-trials", "3", "--target", "1.0")
    first = Driver(home, tmp_path, "taken-over", *options)
    until(says(lambda: journal(first.folder, 0), '"started"'))
    folder = first.folder
    first.kill()
    (container,) = docker_engine.containers.list(filters={"label": f"autotweak.search={folder.search}"})
    environment = {**os.environ, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipelines", "resume", folder.search, "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    ) as process:
        until(says(lambda: journal(folder, 1), '"started"'))
        container.kill()
        stdout, stderr = process.communicate(timeout=300)
    assert process.returncode in (0, 1), stderr
    report = json.loads(stdout)
    assert report["restarts"][0].startswith("the driver died")
    assert report["restarts"][1].startswith("the container ended with status 137")
    assert len(started(folder, 0)) == 1
    attempts = started(folder, 1)
    assert [event["attempt"] for event in attempts] == [1, 2]
    assert attempts[1]["reason"].startswith("the container ended with status 137")
    assert docker_engine.containers.list(all=True, filters={"label": f"autotweak.search={folder.search}"}) == []


@pytest.mark.docker
def test_more_memory_for_a_script_that_ran_out_of_it(autotweak: AutoTweak, docker_engine: Any, tmp_path: Path) -> None:
    """A baseline that is killed at 512 MiB runs again at 1024, where the owner allows that, and is measured."""
    assert docker_engine.ping()
    (tmp_path / "train.py").write_text(f"hoard = b'x' * (700 << 20)\n{WEAK}")
    limits = {"AUTOTWEAK_MEMORY_MIB": "512", "AUTOTWEAK_MOST_MEMORY_MIB": "1024"}
    command = ("run", tmp_path, "--sandbox", "docker", "--json", "--max-trials", "2", "--name", "greedy")
    ran = autotweak(*command, **limits)
    assert ran.status in (0, 1), ran.stderr
    assert (ran.json["trials"], ran.json["failed_trials"], ran.json["baseline"]["trial"]) == (2, 1, 1)
    assert ran.json["restarts"] == ["trial 0 ran out of memory at 512 MiB; the limit is 1024 MiB now"]


@pytest.mark.docker
def test_the_engine_shows_one_homes_containers_and_says_when_to_look(docker_engine: Any, tmp_path: Path) -> None:
    """Neither another home's nor what serves is seen; a death sets the event; what is removed, or was, is gone."""
    image, here = docker_engine.images.list()[0].id, str(tmp_path.resolve())
    mine, other, serving = (
        docker_engine.containers.create(image, "sleep 600", entrypoint="", labels=labels)
        for labels in ({HOME: here, SEARCH: "a"}, {HOME: "/elsewhere", SEARCH: "a"}, {HOME: here, LABEL: "wine"})
    )
    engine = Engine(tmp_path)
    try:
        assert [(found.container, found.search) for found in engine.containers() or []] == [(mine.id, "a")]
        while not engine.wake.is_set():  # the listener may not have begun when the first one dies
            mine.start()
            mine.kill()
            engine.wake.wait(1)
        assert engine.remove(mine.id) is None
        assert engine.remove(mine.id) is None
        assert engine.containers() == []
    finally:
        other.remove(force=True)
        serving.remove(force=True)
