"""The monitor over real folders, locks and processes; the engine is a list of containers."""

import logging
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.monitor.decide import ContainerFact
from pipelines.monitor.reconcile import LOOK_S, Monitor
from pipelines.options import RunOptions
from pipelines.search.log import Closed, Driving, SearchLog
from pipelines.searches import Asked, SearchFolder, find, folders

ROOT = Path(__file__).resolve().parents[2]
DRIVER = """
import sys, time
from pathlib import Path
from pipelines.searches import SearchFolder
from pipelines.search.log import Closed, SearchLog
folder = SearchFolder(Path(sys.argv[1]))
with folder.driving():
    log = SearchLog.open(folder.log)
    log.drive()
    if sys.argv[2] == "wait":
        time.sleep(600)
    if sys.argv[2] == "end":
        log.append(Closed, how="ended")
"""


class Engine:
    """Containers that can be removed, or no engine at all."""

    def __init__(self):
        self.running = []

    def containers(self):
        """Those there are."""
        return self.running

    def remove(self, container):
        """Remove one."""
        self.running = [found for found in self.running if found.container != container]


class Told:
    """Notes what is told."""

    def __init__(self):
        self.resumptions, self.abandoned = [], []

    def resumed(self, asked, reason, counter):
        """A search was resumed."""
        self.resumptions.append((asked.search, reason, counter))

    def given_up(self, asked, reason):
        """A search was given up."""
        self.abandoned.append((asked.search, reason))


def make(home, name, *records):
    """A search of which these records are kept."""
    folder = SearchFolder(home / "searches" / name)
    folder.root.mkdir(parents=True)
    folder.write(Asked(search=name, options=RunOptions("wine"), folder="/", run_id=f"run-{name}"))
    log = SearchLog.open(folder.log)
    for kind, fields in records:
        log.append(kind, **fields)
    return folder


def driver(folder, does):
    """The command that drives a search as ``does`` says."""
    return [sys.executable, "-c", DRIVER, str(folder), does]


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """Give a function that makes a monitor with its engine, its teller and its clock; its drivers end with the test."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = []

    def build(does):
        engine, told, clock = Engine(), Told(), [time.time()]
        monitor = Monitor(
            tmp_path, engine, told, lambda search: driver(tmp_path / "searches" / search, does), lambda: clock[0]
        )
        made.append(monitor)
        return monitor, engine, told, clock

    yield build
    for monitor in made:
        for process in monitor._started.values():
            process.kill()
            process.wait()


def until(condition):
    """Wait for what another process does."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_search_whose_driver_was_killed_is_resumed(tmp_path, watched):
    """A driver that is alive is left alone; once it is killed another goes on, and that is told with the reason."""
    monitor, _, told, _ = watched("end")
    folder = make(tmp_path, "a")
    with subprocess.Popen(driver(folder.root, "wait")) as first:
        until(lambda: folder.state() == "running" and folder.records())
        monitor.reconcile()
        assert told.resumptions == []
        first.send_signal(signal.SIGKILL)
    monitor.reconcile()
    until(lambda: not monitor.busy)
    monitor.reconcile()
    assert told.resumptions == [("a", "its driver died", 1)]
    assert folder.state() == "ended"
    assert [type(record) for record in folder.records()].count(Driving) == 2


def test_a_search_whose_drivers_all_die_is_given_up(tmp_path, watched):
    """After the last restart that the rule allows, for good, and also for a monitor that is new."""
    monitor, _, told, clock = watched("die")
    folder = make(tmp_path, "a", (Driving, {}))
    for _ in range(300):
        monitor.reconcile()
        for process in list(monitor._started.values()):
            process.wait()
        clock[0] += 1.0
        if told.abandoned:
            break
    assert [counter for _, _, counter in told.resumptions] == [1, 2, 3, 4, 5]
    assert folder.state() == "given_up"
    again, _, told_again, _ = watched("die")
    again.reconcile()
    assert (told_again.resumptions, told_again.abandoned) == ([], [])


def test_what_its_user_has_stopped_is_left_to_the_user(tmp_path, watched):
    """Ctrl-C is no accident; neither is an end, nor a failure that was told."""
    monitor, _, told, _ = watched("end")
    for how in ("interrupted", "ended", "failed"):
        make(tmp_path, how, (Driving, {}), (Closed, {"how": how}))
    monitor.reconcile()
    assert told.resumptions == []


def test_containers_without_a_driver_are_removed(tmp_path, watched):
    """Of a search that has ended, and of one whose folder is gone; not of one that is being resumed."""
    monitor, engine, _, _ = watched("wait")
    make(tmp_path, "over", (Driving, {}), (Closed, {"how": "ended"}))
    make(tmp_path, "on", (Driving, {}))
    engine.running = [ContainerFact("1", "over"), ContainerFact("2", "gone"), ContainerFact("3", "on")]
    for _ in range(3):
        monitor.reconcile()
        assert ContainerFact("3", "on") in engine.running
    assert engine.running == [ContainerFact("3", "on")]


def test_an_engine_that_goes_away_is_said_once(tmp_path, watched, caplog):
    """And once more when it is back; searches are looked after all the same."""
    monitor, engine, _, _ = watched("end")
    caplog.set_level(logging.INFO, "autotweak.monitor")
    for running in ([], None, None, []):
        engine.running = running
        monitor.reconcile()
    assert [record.getMessage() for record in caplog.records] == ["engine answers", "engine absent", "engine answers"]


def test_a_damaged_log_is_given_up_and_the_others_are_resumed(tmp_path, watched):
    """One line says so, once; the search after it is not held up."""
    monitor, _, told, _ = watched("end")
    folder = make(tmp_path, "a", (Driving, {}), (Driving, {}))
    folder.log.write_bytes(b"{}\n" + folder.log.read_bytes())
    make(tmp_path, "b", (Driving, {}))
    monitor.reconcile()
    assert [search for search, _, _ in told.resumptions] == ["b"]
    assert folder.state() == "given_up"


def test_a_damaged_log_with_a_torn_end_is_told_once(tmp_path, watched, caplog):
    """The line that a crash left unfinished does not swallow that the search was given up, and its run is told why."""
    monitor, _, told, _ = watched("end")
    folder = make(tmp_path, "a", (Driving, {}))
    folder.log.write_bytes(b"{}\n" + folder.log.read_bytes() + b'{"event":"dri')
    for _ in range(3):
        monitor.reconcile()
    assert folder.state() == "given_up"
    ((search, reason),) = told.abandoned
    assert (search, "is damaged" in reason) == ("a", True)
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == ["not done"]


def test_it_looks_when_it_is_due_or_woken(tmp_path, watched):
    """Every few seconds, and at once when the engine says that something happened."""
    monitor, engine, _, _ = watched("end")
    make(tmp_path, "over", (Driving, {}), (Closed, {"how": "ended"}))
    monitor.step(0.0)
    engine.running = [ContainerFact("1", "over")]
    monitor.step(LOOK_S - 0.1)
    assert engine.running
    monitor.step(LOOK_S - 0.1, woken=True)
    assert engine.running == []


def test_searches_are_found_by_their_identifier_or_the_run_given_to_them(tmp_path):
    """And by nothing else; a name that leads out of the folder is none."""
    folder = make(tmp_path, "a")
    assert folders(tmp_path) == [folder]
    assert find(tmp_path, "a") == find(tmp_path, "run-a") == folder
    assert find(tmp_path, "b") is None
    assert find(tmp_path, "../searches/a") is None
    assert find(tmp_path, "") is None


def test_what_a_search_was_asked_is_for_its_owner_only(tmp_path):
    """An address may hold a password: the sandbox's user cannot read the file."""
    folder = make(tmp_path, "a", (Driving, {}))
    assert folder.asked_file.stat().st_mode & 0o077 == 0
    assert folder.log.stat().st_mode & 0o077 == 0
