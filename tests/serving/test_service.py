"""The service over a real registry, real processes and a real front; the models are small servers."""

import json
import logging
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.errors import PlatformError, UsageError
from pipelines.serving import attempt
from pipelines.serving.front import Front
from pipelines.serving.metrics import Counts
from pipelines.serving.model import environment_of
from pipelines.serving.registry import Registry
from pipelines.serving.service import Service
from pipelines.serving.store import STATE, Store
from tests.serving.conftest import SmallLauncher, register, until, write_model
from tests.serving.test_front import Client


class Serving:
    """A service with what it works on, stepped by the test."""

    def __init__(self, registry, name, folder):
        self.registry, self.name, self.folder = registry, name, folder
        self.told, self.models = [], 0
        self.service = self.front = None

    def begin(self, registry=None, waits=False):
        """Start a service, as after a restart."""
        store, counts = Store(self.folder / "serving"), Counts(self.name)
        self.launcher = SmallLauncher(store.runs, self.folder, print)
        good = store.last_good
        self.left = self.launcher.left_behind(good, environment_of(good.model)) if good else None
        self.launcher.remove_leftovers(self.left)
        self.front = Front(counts, wait_s=30.0)
        self.client = Client(self.front.start("127.0.0.1", 0))
        self.service = Service(
            self.name, "champion", registry or self.registry, store, self.launcher, self.front, counts, "here", 0.2,
            self.told.append, waits, self.left,
        )  # fmt: skip
        return self

    def end(self):
        """SIGTERM."""
        self.front.close()
        self.service.stop()
        self.front.stop()

    def die(self):
        """SIGKILL of the service: its backends live on, and its state stays."""
        self.front.close()
        self.front.stop()

    def promote(self, behaviour=""):
        """Register a new version and give it the alias."""
        self.models += 1
        model = write_model(self.folder / f"registered{self.models}", behaviour)
        version = register(self.registry, self.name, model)
        self.registry.promote(self.name, version, "champion")
        return version

    def step(self):
        """One step of the service."""
        self.service.step(time.monotonic())

    def until(self, condition):
        """Step until something holds."""
        until(condition, self.step)

    def until_serving(self, version):
        """Step until a version has the traffic."""
        self.until(lambda: self.service.serving == version)

    def processes(self):
        """The ids of all backends that were started and not yet removed."""
        return [int(path.read_text()) for path in (self.folder / "serving" / "run").glob("*/pid")]

    @property
    def alias(self):
        """What the registry says."""
        return self.registry.named(self.name, "champion").version


@pytest.fixture
def serving(registry, tmp_path):
    """Give a service that has not begun, over a name that nobody else has."""
    made = Serving(registry, tmp_path.name, tmp_path)
    yield made
    if made.front is not None and made.front._thread.is_alive():
        made.end()
    assert not made.processes()


class Away(Registry):
    """A registry at an address where nobody answers."""

    @property
    def _client(self):
        raise PlatformError("the tracking server could not be reached")


def test_the_version_with_the_alias_is_served_and_swapped(serving):
    """Under load the alias moves twice: the new version answers in the end, and no request has failed."""
    serving.promote()
    serving.begin().until_serving("1")
    ending = threading.Event()

    def load():
        answers = []
        while not ending.is_set():
            answers.append(serving.client.score([[1.0]]))
        return answers

    with ThreadPoolExecutor() as pool:
        loads = [pool.submit(load) for _ in range(4)]
        for version in ("2", "3"):
            assert serving.promote() == version
            serving.until_serving(version)
        serving.registry.rollback(serving.name, "champion")
        serving.until_serving("2")
        ending.set()
        answers = [answer for done in loads for answer in done.result()]
    assert {status for status, _ in answers} == {200}
    assert {said["predictions"][0] for _, said in answers} <= {"1", "2", "3"}
    assert serving.client.score([[1.0]])[1] == {"predictions": ["2"]}
    assert [(changed.kind, changed.version.version) for changed in serving.told[1:]] == [
        ("swapped", "2"), ("swapped", "3"), ("swapped", "2"),
    ]  # fmt: skip


def test_moves_by_hand_are_noted(serving):
    """Whoever moves the alias in MLflow's pages can go back step by step; a rollback is no such move."""
    serving.promote()
    serving.begin().until_serving("1")
    for version in ("2", "3"):
        register(serving.registry, serving.name, write_model(serving.folder / f"hand{version}"))
        serving.registry._client.set_registered_model_alias(serving.name, "champion", version)
        serving.until(lambda version=version: serving.service._noted == version)
        serving.until_serving(version)
    for version in ("2", "1"):
        assert serving.registry.rollback(serving.name, "champion").version == version
        serving.until(lambda version=version: serving.service._noted == version)
    with pytest.raises(UsageError, match="it names version 1"):
        serving.registry.rollback(serving.name, "champion")


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [("refuses to start", "no module named lost"), ("wrong", "status 400: no such column"), ("die", "status -9")],
)
def test_a_version_that_fails_its_check_is_refused(serving, behaviour, reason):
    """The old version stays, the alias goes back to it, and the reason is told; named again, it is tried again."""
    serving.promote()
    serving.begin().until_serving("1")
    for _ in range(2):
        refusals = len(serving.told)
        if serving.models == 1:
            serving.promote(behaviour)
        else:
            serving.registry.promote(serving.name, "2", "champion")
        serving.until(lambda count=refusals: len(serving.told) > count and serving.alias == "1")
        assert serving.told[-1].kind == "refused"
        assert reason in serving.told[-1].said
        assert serving.service.serving == "1"
        serving.until(lambda: not serving.service._refused)
    assert reason in json.loads((serving.folder / "serving" / STATE).read_text())["problem"]
    assert serving.client.score([[1.0]]) == (200, {"predictions": ["1"]})


def test_a_killed_backend_is_started_again(serving):
    """SIGKILL: the request that comes next waits, and the same version answers it."""
    serving.promote()
    serving.begin().until_serving("1")
    (pid,) = serving.processes()
    os.kill(pid, signal.SIGKILL)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(serving.client.score, [[1.0]])
        serving.until(asked.done)
        assert asked.result() == (200, {"predictions": ["1"]})
    state = json.loads((serving.folder / "serving" / STATE).read_text())
    assert (state["version"], state["restarts"], state["pid"]) == ("1", 1, os.getpid())
    assert "status -9" in state["problem"]


def test_a_request_that_kills_is_not_the_end(serving):
    """A request that kills its backend is answered with an error, and others are answered afterwards."""
    serving.promote()
    serving.begin().until_serving("1")
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(serving.client.score, "die")
        serving.until(asked.done)
        assert asked.result()[0] == 502
        asked = pool.submit(serving.client.score, [[1.0]])
        serving.until(asked.done)
        assert asked.result()[0] == 200


@pytest.mark.parametrize("away", [False, True])
def test_what_a_killed_service_left_is_taken_over(serving, away):
    """The same process serves on, since when it did, also without a registry; nobody is told of a change."""
    serving.promote()
    serving.begin().until_serving("1")
    left, state = serving.processes(), serving.folder / "serving" / STATE
    since = json.loads(state.read_text())["since"]
    state.write_text(json.dumps(json.loads(state.read_text()) | {"since": since.replace("20", "19", 1)}))
    serving.die()
    serving.told.clear()
    serving.begin(Away(serving.folder) if away else None).until_serving("1")
    assert serving.processes() == left
    assert serving.client.score([[1.0]]) == (200, {"predictions": ["1"]})
    assert json.loads(state.read_text())["since"] == since.replace("20", "19", 1)
    os.kill(left[0], signal.SIGKILL)
    serving.until(lambda: serving.service.serving is None)
    serving.until_serving("1")
    assert serving.processes() != left
    assert "the process ended" in json.loads(state.read_text())["problem"]
    assert serving.told == []


@pytest.mark.slow
def test_what_hangs_is_not_taken_over(serving, monkeypatch):
    """A process that lives and does not answer is replaced."""
    monkeypatch.setattr(attempt, "TAKE_OVER_S", 0.1)
    serving.promote()
    serving.begin().until_serving("1")
    (left,) = serving.processes()
    serving.die()
    os.kill(left, signal.SIGSTOP)
    serving.begin(Away(serving.folder)).until_serving("1")
    assert left not in serving.processes()
    assert serving.client.score([[1.0]]) == (200, {"predictions": ["1"]})


def test_what_was_left_makes_way_for_the_alias(serving):
    """An alias that moved while no service ran: what was left answers until the new version does."""
    serving.promote()
    serving.begin().until_serving("1")
    (left,) = serving.processes()
    serving.die()
    serving.promote()
    serving.begin().until_serving("1")
    assert serving.processes()[0] == left
    serving.until_serving("2")
    assert serving.client.score([[1.0]]) == (200, {"predictions": ["2"]})


def test_what_another_registry_calls_so_is_not_taken_over(serving):
    """The registry was made anew: version 1 is another model now, and what was left of the old one ends."""
    serving.promote()
    serving.begin().until_serving("1")
    (left,) = serving.processes()
    serving.die()
    serving.registry._client.delete_registered_model(serving.name)
    assert serving.promote() == "1"
    serving.begin().until(lambda: serving.service.serving == "1" and serving.processes() not in ([left], []))
    serving.until(lambda: left not in serving.processes())
    assert serving.client.score([[1.0]]) == (200, {"predictions": ["1"]})


def test_an_alias_that_is_gone_ends_nothing(serving, caplog):
    """Killed, its backend as well, and started again with --wait: the last good version is served, and that is said."""
    serving.promote()
    serving.begin().until_serving("1")
    serving.die()
    serving.launcher.remove_leftovers()
    serving.registry._client.delete_registered_model_alias(serving.name, "champion")
    with caplog.at_level(logging.WARNING, "autotweak.serve"):
        serving.begin(waits=True).until_serving("1")
    assert [record.message for record in caplog.records] == ["nothing to serve"]
    assert serving.client.score([[1.0]])[0] == 200


def test_a_registry_that_goes_away_is_said_once(serving, caplog):
    """The service goes on with what it serves, also where the alias is gone; each trouble is one line."""
    serving.promote()
    serving.begin().until_serving("1")
    serving.registry._client.delete_registered_model_alias(serving.name, "champion")
    with caplog.at_level(logging.WARNING, "autotweak.serve"):
        serving.until(lambda: bool(caplog.records))
        polls = []
        ask = serving.service._ask_registry
        serving.service._ask_registry = lambda: (polls.append(1), ask())[1]
        serving.until(lambda: len(polls) > 3)
    assert [record.message for record in caplog.records] == ["nothing to serve"]
    assert serving.client.score([[1.0]])[0] == 200


def test_a_first_version_is_waited_for(serving, caplog):
    """Where it is to wait, a name that is not registered is said once, and served when it has its alias."""
    with caplog.at_level("WARNING", "autotweak.serve"):
        serving.begin(waits=True)
        serving.until(lambda: caplog.records)
        serving.until_serving(serving.promote())
    assert [record.getMessage() for record in caplog.records] == ["waiting"]


def test_nothing_to_begin_with_is_one_line(serving):
    """An alias that names nothing, a version that is not servable, or no registry and nothing on disk: the end."""
    register(serving.registry, serving.name, write_model(serving.folder / "registered"))
    serving.begin()
    with pytest.raises(UsageError, match="has the alias champion"):
        serving.until(lambda: False)
    serving.end()
    serving.promote("wrong")
    serving.begin()
    with pytest.raises(PlatformError, match="version 2 cannot be served: its input example"):
        serving.until(lambda: False)
    serving.end()
    serving.begin(Away(serving.folder))
    with pytest.raises(PlatformError, match="the registry does not answer"):
        serving.until(lambda: False)
