"""Standbys as real processes: given a job, of no use for one, killed before and after, and left by their service."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.search.log import SearchLog, Submitted
from pipelines.searches import find, folders
from pipelines.tracking.tracker import Tracker
from pipelines.watch.config import Repository
from pipelines.watch.drivers import Drivers, Process
from pipelines.watch.pool import Pool
from pipelines.watch.queue import Entry, Queue
from pipelines.watch.standby import READY
from pipelines.watch.wanted import Kind, Use
from tests.end_to_end.conftest import ROOT
from tests.watch.conftest import Remote

pytestmark = pytest.mark.slow

SCRIPT = (ROOT / "examples" / "wine-svm" / "train.py").read_text()
SAYS = 'import os\nprint("SEED", os.environ["PYTHONHASHSEED"])\n'
SKLEARN = Kind("sklearn")


class Watched:
    """A pool with one standby, and pushes that are given to it as the service gives them."""

    def __init__(self, home: Path, remote: Remote, sandbox: str, kind: Kind) -> None:
        tracker = Tracker(home)
        self.home, self.remote, self.tracker = home, remote, tracker
        self.queue = Queue(tracker.client, tracker.artifacts)
        self.kind, self.name = kind, remote.bare.parents[1].name
        self.pool = Pool(home, sandbox, None, {self.name}, lambda: [Use(self.name, kind)])
        self.drivers = Drivers(home, sandbox, self.pool)

    def standby(self) -> Any:
        """A standby that is ready."""
        kind = self.kind

        def ready() -> bool:
            self.pool.step(time.monotonic())
            return kind in self.pool.standbys and self.pool.standbys[kind].said == READY

        until(ready)
        return self.pool.standbys[kind]

    def push(self, script: str, **settings: Any) -> tuple[Entry, Process]:
        """Push a script, and start its search."""
        commit = self.remote.push(script)
        entry, _ = self.queue.accept(self.name, "main", commit)
        self.queue.take(entry)
        given = {"max_trials": 1, **settings}
        repository = Repository.model_validate({"url": self.remote.url, "name": self.name, "settings": given})
        return entry, self.drivers.start(entry, repository)

    def ended(self, entry: Entry, driver: Process) -> tuple[str, str]:
        """How its run ended, and the search that it has."""
        until(lambda: driver.ended() is not None)
        folder = find(self.home, entry.run_id)
        return self.tracker.client.get_run(entry.run_id).info.status, folder.search if folder else ""

    def output(self, entry: Entry) -> str:
        """What its baseline printed."""
        folder = find(self.home, entry.run_id)
        return (folder.root / "trials" / "0000" / "output.log").read_text() if folder else ""


def until(condition: Callable[[], Any], seconds: float = 300) -> None:
    """Wait for what another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def processes(search: str) -> list[str]:
    """The processes that name a search: a standby, and the supervisor of its sandbox."""
    found = subprocess.run(["pgrep", "-f", search], capture_output=True, text=True, check=False)
    return found.stdout.split()


@pytest.fixture
def watched(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Watched]]:
    """Give a function that makes a pool, which ends with the test."""
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AUTOTWEAK_HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made: list[Watched] = []

    def make(sandbox: str = "process", kind: Kind = SKLEARN) -> Watched:
        made.append(Watched(home, Remote(tmp_path / "git"), sandbox, kind))
        return made[-1]

    yield make
    for one in made:
        one.pool.stop()


def test_a_job_is_given_to_a_standby(watched: Callable[..., Watched], home: Path) -> None:
    """It is the driver from then on, with the push's lock, in its own sandbox; for another seed in another sandbox."""
    made = watched()
    standby = made.standby()
    entry, driver = made.push(SAYS + SCRIPT, max_trials=6)
    assert made.drivers.in_hand(entry)
    assert made.ended(entry, driver) == ("FINISHED", standby.folder.search)
    assert not made.drivers.in_hand(entry)
    assert "SEED 0" in made.output(entry)
    made.pool.step(time.monotonic() + 60)
    other = made.standby()
    entry, driver = made.push(SAYS + SCRIPT + "print('more')\n", seed=3, max_trials=6)
    assert made.ended(entry, driver) == ("FINISHED", other.folder.search)
    assert "SEED 3" in made.output(entry)
    tried = [r for r in SearchLog.open(other.folder.log).records if isinstance(r, Submitted)]
    assert [r.origin for r in tried] == ["baseline", "ladder", "previous", "confirm"]  # the first one's best tweak
    assert tried[2].spec.tweak == {"scaler": "standard"}
    until(lambda: not processes(other.folder.search))


@pytest.mark.parametrize("sandbox", ["process", pytest.param("docker", marks=pytest.mark.docker)])
def test_a_standby_has_what_the_source_asks_for(
    watched: Callable[..., Watched], sandbox: str, request: pytest.FixtureRequest
) -> None:
    """Its sandbox is of the derived environment; a push that asks for more is trained all the same, in another."""
    if sandbox == "docker":
        request.getfixturevalue("docker_engine")
    made = watched(sandbox, Kind("sklearn", 0, ("tabulate==0.9.0",)))
    standby = made.standby()
    made.remote.push("tabulate==0.9.0\n", file="requirements.txt")
    entry, driver = made.push("import tabulate\nprint('HAS', tabulate.__version__)\n" + SCRIPT)
    assert made.ended(entry, driver) == ("FINISHED", standby.folder.search)
    assert "HAS 0.9.0" in made.output(entry)
    assert made.queue.uses()[0] == Use(made.name, made.kind)
    made.pool.step(time.monotonic() + 60)
    made.standby()
    made.remote.push("tabulate==0.9.0\ntoolz==0.12.1\n", file="requirements.txt")
    entry, driver = made.push("import tabulate, toolz\nprint('HAS', toolz.__version__)\n" + SCRIPT)
    assert made.ended(entry, driver)[0] == "FINISHED"
    assert "HAS 0.12.1" in made.output(entry)


def test_a_standby_that_is_killed_loses_no_job(watched: Callable[..., Watched]) -> None:
    """Before it is given one, the job starts cold; afterwards it is a driver that died, and holds nothing."""
    made = watched()
    standby = made.standby()
    standby.process.kill()
    standby.process.wait()
    entry, driver = made.push(SCRIPT)
    status, search = made.ended(entry, driver)
    assert (status, search != standby.folder.search) == ("FINISHED", True)
    made.pool.step(time.monotonic())
    assert not standby.folder.root.exists()
    made.pool.step(time.monotonic() + 60)
    stopped = made.standby()
    stopped.process.send_signal(signal.SIGSTOP)
    entry, driver = made.push(SCRIPT + "# more\n")
    assert made.drivers.in_hand(entry)
    stopped.process.kill()
    until(lambda: driver.ended() is not None)
    assert driver.ended() == -signal.SIGKILL
    assert not made.drivers.in_hand(entry)


def test_no_standby_outlives_its_service(home: Path, tmp_path: Path) -> None:
    """SIGKILL of the service: its standby ends, with its sandbox and its folder."""
    config = {"repositories": [{"url": Remote(tmp_path / "git").url}], "sandbox": "process", "port": 0}
    (tmp_path / "watch.yaml").write_text(yaml.safe_dump({**config, "warm": ["sklearn"]}))
    environment = {**os.environ, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipelines", "watch", str(tmp_path / "watch.yaml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as service:
        assert service.stderr is not None
        ready = json.loads(next(line for line in service.stderr if '"standby ready"' in line))
        assert len(processes(ready["search"])) >= 2
        service.kill()
    until(lambda: not processes(ready["search"]))
    until(lambda: ready["search"] not in {folder.search for folder in folders(home)})


@pytest.mark.docker
def test_a_container_stands_by(watched: Callable[..., Watched], docker_engine: Any) -> None:
    """The search runs in the container that was there before the push, and takes it away with its end."""
    made = watched("docker")
    standby = made.standby()
    label = {"label": f"autotweak.search={standby.folder.search}"}
    (container,) = docker_engine.containers.list(filters=label)
    entry, driver = made.push("import socket\nprint('HOST', socket.gethostname())\n" + SCRIPT)
    assert made.ended(entry, driver) == ("FINISHED", standby.folder.search)
    assert f"HOST {container.id[:12]}" in made.output(entry)
    assert docker_engine.containers.list(all=True, filters=label) == []
