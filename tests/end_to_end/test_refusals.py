"""What a tracking server does not take, and a server that goes away: one line each, and nothing is lost."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
from mlflow import MlflowClient

from benchmarks.team import TeamServer
from tests.end_to_end.conftest import ROOT, AutoTweak

pytestmark = pytest.mark.slow

WINE = ROOT / "examples" / "wine-svm"
MISSED = ("--target", "0.9999", "--max-trials", "12")
"""More than it can reach: as many trials as that."""


def client_of(account: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """Give a client that signs in as that."""
    for name, value in account.items():
        monkeypatch.setenv(name, value)
    return MlflowClient(account["MLFLOW_TRACKING_URI"], registry_uri=account["MLFLOW_TRACKING_URI"])


def test_an_account_that_may_too_little(
    server: TeamServer, driver: dict[str, str], autotweak: AutoTweak, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password of yesterday is one line; so is a trainer's search that may not register, and a driver goes on."""
    trainer = server.account("trainer", "trainer")
    old = trainer | {"MLFLOW_TRACKING_PASSWORD": "a password of yesterday"}
    ran = autotweak("run", WINE, "--sandbox", "process", **old)
    assert ran.status == 3
    assert "does not know this name and password, or no longer does" in ran.error
    name = "narrow"
    client_of(driver, monkeypatch).create_registered_model(name)  # or the trainer made it, and owned it
    ran = autotweak("run", WINE, "--sandbox", "process", "--name", name, "--seed", "7", "--json", **trainer)
    assert ran.status == 3
    assert "could not store the winner: this account may not do that" in ran.error
    went_on = autotweak("resume", ran.json["search_run_id"], "--json", **driver)
    assert (went_on.status, went_on.json["model"]["version"]) == (0, "1"), went_on.stderr
    assert went_on.json["trials"] == 4


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "..%2Fsecret.txt",
        "%2e%2e/secret.txt",
        "..%252Fsecret.txt",
        "%2Ftmp%2Fsecret.txt",
        "a/../../../b",
    ],
)
def test_no_artifact_leaves_its_run(
    name: str, server: TeamServer, driver: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However a name is written: what leads out is neither written nor read, and what lies outside stays as it is."""
    client = client_of(driver, monkeypatch)
    found = client.get_experiment_by_name("paths")
    run = client.create_run(found.experiment_id if found else client.create_experiment("paths")).info
    artifacts = server.home / "server" / "artifacts"
    for outside in (artifacts.parent / "secret.txt", artifacts / "secret.txt"):
        outside.parent.mkdir(exist_ok=True, parents=True)
        outside.write_text("a secret")
    before = {path for path in server.home.rglob("*") if "server.log" not in path.name and "mlflow.db" not in path.name}
    signed = b64encode(f"ci:{driver['MLFLOW_TRACKING_PASSWORD']}".encode()).decode()
    below = f"/api/2.0/mlflow-artifacts/artifacts/{run.experiment_id}/{run.run_id}/artifacts"
    up = "/".join([name] if name.startswith("%2F") else ["..", "..", "..", name])
    asked = f"/get-artifact?run_uuid={run.run_id}&path={name}"
    for method, path in (
        ("PUT", f"{below}/{name}"),
        ("PUT", f"{below}/{up}"),
        ("GET", f"{below}/{up}"),
        ("GET", asked),
    ):
        wire = http.client.HTTPConnection("localhost", server.port, timeout=60)
        wire.request(method, path, body=b"changed", headers={"Authorization": f"Basic {signed}"})
        answer = wire.getresponse()
        said = answer.read()
        assert answer.status >= 400, (method, path, said)
        assert b"a secret" not in said
    after = {path for path in server.home.rglob("*") if "server.log" not in path.name and "mlflow.db" not in path.name}
    assert {path for path in after - before if path.is_file()} == set()
    assert {p.read_text() for p in (artifacts.parent / "secret.txt", artifacts / "secret.txt")} == {"a secret"}


def test_a_server_that_is_started_again_gets_all_of_it(
    server: TeamServer, driver: dict[str, str], autotweak: AutoTweak, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search under way goes on without it; each trial, its parameters and its metrics are there at the end."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    command = [
        sys.executable,
        "-m",
        "pipelines",
        "run",
        str(WINE),
        "--sandbox",
        "process",
        "--name",
        "restart",
        *MISSED,
    ]
    variables = {**clean, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT), **driver}
    with subprocess.Popen(command, env=variables, text=True, cwd=ROOT, stdout=subprocess.PIPE) as search:
        assert search.stdout is not None
        for line in search.stdout:
            if line.startswith("trial 1 "):
                break
        server.stop()
        under_way = search.poll() is None
        server.start()
        rest = search.stdout.read()
        assert search.wait() == 1, rest
    assert under_way
    client = client_of(driver, monkeypatch)
    runs = client.search_runs([client.get_experiment_by_name("restart").experiment_id])
    trials = {run.data.tags["autotweak.trial"]: run for run in runs if run.data.tags["autotweak.role"] == "search"}
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert len(trials) == sum(run.data.tags["autotweak.role"] == "search" for run in runs)
    told = [line.split()[3] for line in [line, *rest.splitlines()] if line.startswith("trial ")]
    assert len(told) == len(trials) >= 8
    kept = [trials[number].data.metrics["validation_accuracy"] for number in sorted(trials, key=int)]
    assert [f"{100 * value:.1f}" for value in kept] == told
    assert all(run.data.params["scaler"] for run in trials.values())
