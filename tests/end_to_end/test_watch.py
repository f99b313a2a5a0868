"""The watch service as a person starts it: a real push, a real search, and a service that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient

from pipelines.searches import folders
from tests.end_to_end.conftest import ROOT, AutoTweak
from tests.watch.conftest import Remote

SCRIPT = (ROOT / "examples" / "wine-svm" / "train.py").read_text()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A file for the service over one repository, with a port of its own choosing."""
    path = tmp_path / "watch.yaml"
    repository = {"url": (tmp_path / "git" / "pushed.git").as_uri(), "name": tmp_path.name, "settings": {"seed": 3}}
    text = {"repositories": [repository], "sandbox": "process", "port": 0, "poll": "1s"}
    path.write_text(yaml.safe_dump(text))
    return path


@pytest.fixture
def pushed(tmp_path: Path) -> Remote:
    """The repository that is watched, empty."""
    return Remote(tmp_path / "git", "pushed")


def searches(home: Path, name: str) -> list[dict[str, str]]:
    """The searches of a repository: status, queue, seed and reason of each, oldest first."""
    store = MlflowClient(tracking_uri=f"sqlite:///{home}/mlflow.db")
    experiment = store.get_experiment_by_name(name)
    if experiment is None:
        return []
    found = store.search_runs(
        [experiment.experiment_id], "tags.`autotweak.role` = 'parent'", order_by=["attributes.start_time"]
    )
    return [
        {
            "status": run.info.status,
            "queue": run.data.tags["autotweak.queue"],
            "seed": run.data.params.get("seed", ""),
            "reason": run.data.tags.get("autotweak.reason", ""),
        }
        for run in found
    ]


@pytest.mark.slow
def test_once_searches_what_was_pushed(autotweak: AutoTweak, home: Path, config: Path, pushed: Remote) -> None:
    """A push becomes one search, with the owner's settings; what changes nothing costs none; a failure says why."""
    name = config.parent.name
    pushed.push(SCRIPT)
    assert autotweak("watch", config, "--once").status == 0
    assert searches(home, name) == [{"status": "FINISHED", "queue": "done", "seed": "3", "reason": ""}]
    store = MlflowClient(tracking_uri=f"sqlite:///{home}/mlflow.db")
    assert store.get_model_version_by_alias(name, "champion").tags["source_commit"]
    assert autotweak("watch", config, "--once").status == 0
    assert len(searches(home, name)) == 1
    pushed.push(f"{SCRIPT}\n# The same, explained.\n")
    assert autotweak("watch", config, "--once").status == 0
    explained = searches(home, name)[1]
    assert (explained["status"], explained["queue"]) == ("FINISHED", "unchanged")
    assert "has changed since" in explained["reason"]
    pushed.push("import torch\n")
    assert autotweak("watch", config, "--once").status == 0
    failed = searches(home, name)[2]
    assert (failed["status"], failed["queue"]) == ("FAILED", "done")
    assert failed["reason"]


@pytest.mark.slow
def test_a_killed_service_loses_nothing(autotweak: AutoTweak, home: Path, config: Path, pushed: Remote) -> None:
    """SIGKILL in the middle of a search: its driver goes on, and the next service counts it once."""
    name = config.parent.name
    environment = {**os.environ, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipelines", "watch", str(config)]
    service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    assert service.stderr is not None
    listening = json.loads(next(line for line in service.stderr if '"listening"' in line))
    with urllib.request.urlopen(f"http://127.0.0.1:{listening['port']}/health", timeout=30) as answer:
        assert answer.read() == b"OK\n"
    pushed.push(SCRIPT)
    deadline = time.monotonic() + 120
    while not any(found["queue"] == "running" for found in searches(home, name)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    service.send_signal(signal.SIGKILL)
    service.wait()
    assert autotweak("watch", config, "--once").status == 0
    (only,) = searches(home, name)
    assert (only["status"], only["queue"]) == ("FINISHED", "done")


@pytest.mark.slow
def test_a_killed_driver_is_replaced(home: Path, config: Path, pushed: Remote) -> None:
    """SIGKILL of the driver in the middle of a trial: the service's monitor resumes its search, in the same run."""
    name = config.parent.name
    before = {folder.search for folder in folders(home)}
    pushed.push(f"import time\n{SCRIPT}\ntime.sleep(2)\n")
    environment = {**os.environ, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipelines", "watch", str(config), "--once"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as service:
        deadline = time.monotonic() + 400
        while not (started := [f for f in folders(home) if f.search not in before and (f.log).exists()]) or (
            '"event":"submitted"' not in started[0].log.read_text()
        ):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        pattern = f"pipelines run {pushed.url} "
        found = subprocess.run(["pgrep", "-f", pattern], capture_output=True, text=True, check=True)
        os.kill(int(found.stdout), signal.SIGKILL)
        _, said = service.communicate(timeout=400)
    assert service.returncode == 0
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["reason"] for line in lines if line["event"] == "resumed"] == ["its driver died"]
    (only,) = searches(home, name)
    assert (only["status"], only["queue"], only["reason"]) == ("FINISHED", "done", "")
    assert started[0].state() == "ended"


def test_a_wrong_file_is_one_line(autotweak: AutoTweak, tmp_path: Path) -> None:
    """A mistake in the service's file is a usage error that names the place."""
    path = tmp_path / "watch.yaml"
    path.write_text("repositories: [{url: a, colour: red}]")
    ran = autotweak("watch", path)
    assert ran.status == 2
    assert "repositories.0.colour" in ran.error


def test_a_wrong_address_is_one_line(autotweak: AutoTweak, tmp_path: Path) -> None:
    """It is said before anything is watched, with the repository that it is for, and without its secrets."""
    path = tmp_path / "watch.yaml"
    repository = {"url": "file:///nowhere", "name": "wine", "notify": ["mailtos://me:hunter22@"]}
    path.write_text(yaml.safe_dump({"repositories": [repository]}))
    ran = autotweak("watch", path, AUTOTWEAK_HOME=str(tmp_path / "home"))
    assert ran.status == 2
    assert "wine: notify: the address mailtos://... to notify is not valid" in ran.error
    assert "hunter22" not in ran.stderr
