"""The repository as MLflow Projects: `mlflow run .`, and the families' own projects with Docker."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from tests.end_to_end.conftest import ROOT, AutoTweak

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real tracking server on loopback."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    command += [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        str(folder / "files"),
    ]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{url}/health", timeout=1)
            break
        except OSError:
            time.sleep(0.2)
    yield url
    os.killpg(process.pid, 15)
    process.wait()


def mlflow_run(server: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``mlflow run`` as a user types it."""
    binaries = Path(sys.executable).parent
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    environment |= {
        "MLFLOW_TRACKING_URI": server,
        "AUTOTWEAK_HOME": str(home),
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
    }
    command = [sys.executable, "-m", "mlflow", "run", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=500, check=False)


def test_main_entry_point_with_uv(server: str, home: Path) -> None:
    """`mlflow run .` with uv makes the environment of conda.yaml, and its run is the search."""
    done = mlflow_run(
        server, home, ".", "-P", "source=examples/wine-svm", "-P", "sandbox=process", "--env-manager", "uv"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    client = MlflowClient(server)
    search = client.search_runs(["0"], "tags.`autotweak.role` = 'parent' and tags.`autotweak.status` = 'reached'")
    assert len(search) == 1
    assert search[0].data.tags["mlflow.project.entryPoint"] == "main"
    assert client.get_model_version_by_alias("wine-svm", "champion")


@pytest.mark.docker
@pytest.mark.parametrize(("family", "knob"), [("sklearn", "scaler=standard"), ("keras", "epochs=3")])
def test_family_project_in_docker(
    server: str, home: Path, autotweak: AutoTweak, docker_engine: Any, family: str, knob: str
) -> None:
    """`mlflow run mlprojects/<family>` trains in MLflow's own Docker backend and logs to the server given."""
    assert docker_engine.ping()
    assert autotweak("images").status == 0
    done = mlflow_run(server, home, f"mlprojects/{family}", "-P", knob, "-A", "network=host")
    assert done.returncode == 0, done.stderr[-2000:]
    found = re.search(r"Run \(ID '(\w+)'\) succeeded", done.stderr)
    assert found is not None
    client = MlflowClient(server)
    run = client.get_run(found[1])
    assert run.data.metrics["test_accuracy"] > 0.5
    name, value = knob.split("=")
    assert run.data.params[name] == value
    assert "model" in {artifact.path for artifact in client.list_artifacts(found[1])}
