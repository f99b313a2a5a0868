"""A search on agents over TLS, each on a machine of its own as far as the network goes: one is killed, one cut off."""

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

from pipelines.environments import Environment, ensure_venv
from tests.end_to_end.conftest import ROOT, AutoTweak
from tests.machines import Machines

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
slow = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: time.sleep(0.3))
model.fit(x[:1400], y[:1400], epochs=6, verbose=0, callbacks=[slow])
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
    """A scheduler, and agents with homes of their own; on machines of their own where there are some."""

    def __init__(self, folder: Path, home: Path, machines: Machines | None = None) -> None:
        self.folder, self.home, self.machines = folder, home, machines
        self.tls = certificates(folder, "ours")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        host = "tls://127.0.0.1" if machines is None else f"tls://{machines.add('scheduler')}"
        self.address = f"{host}:{port}"
        ca, cert, key = self.tls.values()
        files = ["--tls-ca-file", ca, "--tls-cert", cert, "--tls-key", key]
        where = ["--host", host, "--port", str(port)]
        self._start("scheduler", "distributed.cli.dask_scheduler", *where, *files, "--no-dashboard")

    def command(self, name: str, module: str, *arguments: str | Path) -> list[str]:
        """A command that runs on a machine."""
        command = [sys.executable, "-m", module, *map(str, arguments)]
        return command if self.machines is None else self.machines.on(name, command)

    def variables(self, home: Path) -> dict[str, str]:
        """The environment of whoever takes part."""
        return {**os.environ, **self.tls, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}

    def _start(self, name: str, module: str, *arguments: str) -> None:
        home = self.folder / name
        home.mkdir()
        (home / "environments").symlink_to(self.home / "environments")
        command, variables = self.command(name, module, *arguments), self.variables(home)
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(command, env=variables, stdout=log, stderr=log, cwd=home)

    def agent(self, name: str, slots: int = 1) -> None:
        """Start an agent."""
        if self.machines is not None:
            self.machines.add(name)
        options = ["--cluster", self.address, "--sandbox", "process", "--name", name, "--slots", str(slots)]
        self._start(name, "pipelines", "agent", *options)

    def having(self, trial: str) -> set[str]:
        """The agents that have a trial."""
        return {path.parents[3].name for path in self.folder.glob(f"*/cluster/*/trials/{trial}")}

    def kill(self, name: str) -> None:
        """Kill an agent as a power cut does."""
        self.processes[name].send_signal(signal.SIGKILL)

    def end(self) -> None:
        """End all processes."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=30)


@pytest.fixture
def cluster(tmp_path: Path, home: Path) -> Iterator[Cluster]:
    """Give a cluster without agents on this machine."""
    cluster = Cluster(tmp_path, home)
    yield cluster
    cluster.end()


@pytest.fixture
def machines() -> Iterator[Machines]:
    """Give machines, or skip with the reason why there can be none."""
    why = Machines.refused()
    if why:
        pytest.skip(why)
    with Machines() as machines:
        yield machines


def test_the_trials_of_lost_machines_go_on_elsewhere(machines: Machines, tmp_path: Path, home: Path) -> None:
    """One agent is killed, the link of another goes down: both trials go on from their checkpoints on a third."""
    ensure_venv(Environment("keras"), home, print)
    cluster, source = Cluster(tmp_path, home, machines), tmp_path / "source"
    try:
        source.mkdir()
        (source / "train.py").write_text(SCRIPT)
        cluster.agent("first")
        cluster.agent("second")
        machines.add("driver")
        options = ["--target", "1.0", "--max-trials", "4", "--slots", "2", "--cluster", cluster.address, "--json"]
        driver = subprocess.Popen(
            cluster.command("driver", "pipelines", "run", source, *options),
            env=cluster.variables(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        moved: dict[str, str] = {}
        deadline = time.monotonic() + 300
        while len(moved) < 2 and time.monotonic() < deadline and driver.poll() is None:
            time.sleep(0.1)
            trials = [path for path in home.glob("searches/*/trials/*") if cluster.having(path.name)]
            far = [path.name for path in trials if len(list(path.glob("checkpoint/*.npz"))) > 1]
            moved = {name: agent for name in far for agent in cluster.having(name)}
        assert driver.poll() is None, driver.communicate()
        assert set(moved.values()) == {"first", "second"}
        cluster.kill("first")
        machines.cut("second")
        cluster.agent("third", slots=2)
        stdout, stderr = driver.communicate(timeout=400)
        assert driver.returncode == 1, stderr
        report = json.loads(stdout)
        assert (report["sandbox"], report["failed_trials"]) == ("cluster", 0)
        assert "the agent first has a process sandbox; not isolated" in stderr
        said = "; ".join(report["restarts"])
        assert "the agent first" in said
        assert "the agent second has not been heard of for 15 s" in said
        for name in moved:
            (journal,) = home.glob(f"searches/{report['search']}/trials/{name}/journal.jsonl")
            events = [json.loads(line) for line in journal.read_text().splitlines()]
            assert [event["event"] for event in events].count("started") == 2
            steps = [event["step"] for event in events if event["event"] == "epoch"]
            assert steps == list(range(len(steps)))
            assert "resumed" in {event["event"] for event in events}
        # A search that has ended leaves nothing on the agents that it could reach.
        assert all("third" not in cluster.having(name) for name in moved)
    finally:
        cluster.end()


def test_who_is_not_trusted_gets_no_further(cluster: Cluster, autotweak: AutoTweak, tmp_path: Path) -> None:
    """A certificate of another authority, and a scheduler that is not there, are one line each."""
    other = certificates(tmp_path, "theirs")
    refused = autotweak("run", "examples/wine-svm", "--cluster", cluster.address, **other)
    assert refused.status == 3
    assert "was not trusted" in refused.error
    nobody = autotweak("run", "examples/wine-svm", "--cluster", "tls://127.0.0.1:9", **cluster.tls)
    assert nobody.status == 3
    assert "no scheduler answers" in nobody.error
