"""The same job in a container: what the sandbox keeps from a script, seen from inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from tests.end_to_end.conftest import ROOT, AutoTweak

pytestmark = [pytest.mark.docker, pytest.mark.slow]

PRY = """
import json, os, socket
from pathlib import Path
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

seen = {"uid": os.getuid(), "environment": sorted(os.environ), "tracking": os.environ.get("MLFLOW_TRACKING_URI", "")}
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
seen["capabilities"] = int(status["CapEff"], 16)
seen["no_new_privileges"] = status["NoNewPrivs"].strip()
for name, path in {"root": "/written", "source": "/spool/source/written", "specification": "/spool/written"}.items():
    try:
        Path(path).write_text("x")
        seen[name] = "written"
    except OSError as error:
        seen[name] = type(error).__name__
try:
    socket.create_connection(("192.0.2.1", 80), timeout=2)
    seen["network"] = "connected"
except OSError as error:
    seen["network"] = type(error).__name__
seen["socket"] = os.path.exists("/var/run/docker.sock")
print("SEEN" + json.dumps(seen))
X, y = load_wine(return_X_y=True)
a, b, c, d = train_test_split(X, y, random_state=0)
print(SVC().fit(a, c).score(b, d))
"""


def test_wine_in_a_container(autotweak: AutoTweak, docker_engine: Any) -> None:
    """With an engine, ``--sandbox auto`` is Docker, reaches the target and leaves no container behind."""
    ran = autotweak("run", ROOT / "examples" / "wine-svm", "--json", "--name", "docker-wine")
    assert ran.status == 0, ran.stderr
    assert ran.json["sandbox"] == "docker"
    assert ran.json["best"]["test"] >= 0.8
    assert "not isolated" not in ran.stderr
    assert docker_engine.containers.list(all=True, filters={"label": "autotweak.search"}) == []


def test_a_container_that_the_engine_refuses(
    autotweak: AutoTweak, docker_engine: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line with the engine's words; the search has failed, and there is no run of a trial that never was."""
    monkeypatch.setenv("AUTOTWEAK_CPUS", "10000")
    ran = autotweak("run", ROOT / "examples" / "wine-svm", "--sandbox", "docker", "--name", "refused-by-the-engine")
    assert ran.status == 3
    assert "Range of CPUs" in ran.error.splitlines()[-1]
    client = MlflowClient(tracking_uri=f"sqlite:///{home}/mlflow.db")
    experiment = client.get_experiment_by_name("refused-by-the-engine")
    assert experiment is not None
    assert [run.info.status for run in client.search_runs([experiment.experiment_id])] == ["FAILED"]


def test_what_a_script_sees(autotweak: AutoTweak, docker_engine: Any, home: Path, tmp_path: Path) -> None:
    """No network, no capability, no root, nothing to write but its own folder, no secret, no Docker socket."""
    assert docker_engine.ping()
    (tmp_path / "pry.py").write_text(PRY)
    ran = autotweak(
        "run", tmp_path / "pry.py", "--sandbox", "docker", "--json", "--max-trials", "1", AWS_SECRET_ACCESS_KEY="secret"
    )
    assert ran.status in (0, 1), ran.stderr
    newest = max((home / "searches").iterdir(), key=lambda path: path.stat().st_mtime)
    output = (newest / "trials" / "0000" / "output.log").read_text()
    seen = json.loads(next(line for line in output.splitlines() if line.startswith("SEEN"))[4:])
    assert seen["uid"] != 0
    assert seen["capabilities"] == 0
    assert seen["no_new_privileges"] == "1"
    assert "written" not in (seen["root"], seen["source"], seen["specification"])
    assert seen["network"] != "connected"
    assert not seen["socket"]
    foreign = {name for name in seen["environment"] if name.startswith(("AWS_", "MLFLOW_"))}
    ours = {"MLFLOW_TRACKING_URI", "MLFLOW_ALLOW_FILE_STORE", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"}
    assert foreign == ours  # set inside: a folder of the trial, and no patience with servers that are out of reach
    assert seen["tracking"].startswith("file:///spool/trials/")


def test_out_of_memory_ends_the_trial_and_not_the_platform(
    autotweak: AutoTweak, docker_engine: Any, tmp_path: Path
) -> None:
    """A script that takes more memory than its limit is reported as killed, with status 2 or 3 and one line."""
    assert docker_engine.ping()
    (tmp_path / "greedy.py").write_text(
        "from sklearn.svm import SVC\nhoard = []\nwhile True: hoard.append(bytearray(50_000_000))\n"
        "SVC().fit([[0.0], [1.0]], [0, 1])\n"
    )
    ran = autotweak("run", tmp_path / "greedy.py", "--sandbox", "docker", "--json", AUTOTWEAK_MEMORY_MIB="512")
    assert ran.status in (2, 3)
    assert "memory" in ran.error
    assert docker_engine.containers.list(all=True, filters={"label": "autotweak.search"}) == []
