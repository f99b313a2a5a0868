"""A search on two agents over TLS, one of which is killed in the middle of a trial."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, AutoTweak

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which makes the certificates, is missing"),
]

SCRIPT = """
import time
import keras
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(10, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
slow = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: time.sleep(0.4))
model.fit(x[:1400], y[:1400], epochs=8, verbose=0, callbacks=[slow])
model.evaluate(x[1400:], y[1400:])
"""


def certificates(folder: Path, name: str) -> dict[str, str]:
    """An authority, and one certificate for all: variables that name them."""
    ca, ca_key, cert, key = (folder / f"{name}-{part}" for part in ("ca.pem", "ca.key", "cert.pem", "key.pem"))
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj"]
    signed = ["-CA", ca, "-CAkey", ca_key, "-days", "2", "-CAcreateserial"]
    request = folder / f"{name}.csr"
    for command in (
        [*new, f"/CN={name} authority", "-x509", "-days", "2", "-keyout", ca_key, "-out", ca],
        [*new, f"/CN={name}", "-keyout", key, "-out", request],
        ["openssl", "x509", "-req", "-in", request, *signed, "-out", cert],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return {"AUTOTWEAK_CLUSTER_CA": str(ca), "AUTOTWEAK_CLUSTER_CERT": str(cert), "AUTOTWEAK_CLUSTER_KEY": str(key)}


class Cluster:
    """A scheduler, and agents with homes of their own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home
        self.tls = certificates(folder, "ours")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"tls://127.0.0.1:{probe.getsockname()[1]}"
        ca, cert, key = self.tls.values()
        files = ["--tls-ca-file", ca, "--tls-cert", cert, "--tls-key", key]
        where = ["--host", self.address.rpartition(":")[0], "--port", self.address.rpartition(":")[2]]
        self._start("scheduler", "distributed.cli.dask_scheduler", *where, *files, "--no-dashboard")

    def _start(self, name: str, module: str, *arguments: str) -> None:
        home = self.folder / name
        home.mkdir()
        (home / "environments").symlink_to(self.home / "environments")
        variables = {**os.environ, **self.tls, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", module, *arguments]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(command, env=variables, stdout=log, stderr=log, cwd=home)

    def agent(self, name: str) -> None:
        """Start an agent."""
        options = ["--cluster", self.address, "--sandbox", "process", "--name", name]
        self._start(name, "pipelines", "agent", *options)

    def running(self, trial: int) -> str | None:
        """The agent that has been given a trial."""
        found = list(self.folder.glob(f"*/cluster/*/trials/{trial:04d}"))
        return found[-1].parents[3].name if found else None

    def kill(self, name: str) -> None:
        """Kill an agent as a power cut does."""
        self.processes[name].send_signal(signal.SIGKILL)


@pytest.fixture
def cluster(tmp_path: Path, home: Path) -> Iterator[Cluster]:
    """Give a cluster without agents."""
    cluster = Cluster(tmp_path, home)
    yield cluster
    for process in cluster.processes.values():
        process.terminate()
    for process in cluster.processes.values():
        process.wait(timeout=30)


def test_a_killed_agent_gives_its_trial_back(cluster: Cluster, autotweak: AutoTweak, home: Path) -> None:
    """The trial goes on from its checkpoint on an agent that joined in the middle; the reason is on the search."""
    source = cluster.folder / "source"
    source.mkdir()
    (source / "train.py").write_text(SCRIPT)
    assert autotweak("trial", "examples/digits-cnn", "--sandbox", "process", "--knob", "epochs=1").status == 0
    cluster.agent("first")
    options = ["--target", "1.0", "--max-trials", "3", "--cluster", cluster.address, "--json"]
    variables = {**os.environ, **cluster.tls, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipelines", "run", str(source), *options]
    driver = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and driver.poll() is None:
        mirrors = [path for path in home.glob("searches/*/trials/0001") if cluster.running(1)]
        if any(len(list(path.glob("checkpoint/*.npz"))) > 1 for path in mirrors):
            break
        time.sleep(0.1)
    assert driver.poll() is None, driver.communicate()
    assert cluster.running(1) == "first"
    cluster.kill("first")
    cluster.agent("second")
    stdout, stderr = driver.communicate(timeout=200)
    assert driver.returncode == 1, stderr
    report = json.loads(stdout)
    assert (report["sandbox"], report["failed_trials"]) == ("cluster", 0)
    assert "the agent first has a process sandbox; not isolated" in stderr
    (restart,) = report["restarts"]
    assert "the agent first" in restart
    (spool,) = home.glob(f"searches/{report['search']}")
    events = [json.loads(line) for line in (spool / "trials" / "0001" / "journal.jsonl").read_text().splitlines()]
    assert [event["event"] for event in events].count("started") == 2
    assert [event["step"] for event in events if event["event"] == "epoch"] == list(range(8))
    assert "resumed" in {event["event"] for event in events}
    assert cluster.running(1) != "second"  # a search that has ended leaves nothing on its agents


def test_who_is_not_trusted_gets_no_further(cluster: Cluster, autotweak: AutoTweak, tmp_path: Path) -> None:
    """A certificate of another authority, and a scheduler that is not there, are one line each."""
    other = certificates(tmp_path, "theirs")
    refused = autotweak("run", "examples/wine-svm", "--cluster", cluster.address, **other)
    assert refused.status == 3
    assert "was not trusted" in refused.error
    nobody = autotweak("run", "examples/wine-svm", "--cluster", "tls://127.0.0.1:9", **cluster.tls)
    assert nobody.status == 3
    assert "no scheduler answers" in nobody.error
