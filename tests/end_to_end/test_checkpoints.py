"""A sandbox that is killed in the middle of a fit: the next attempt goes on from what was kept."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlprojects.contract import journal
from mlprojects.contract.trial import TrialSpec
from pipelines.environments import Environment
from pipelines.sandbox import ProcessSandbox
from pipelines.spool import Spool

pytestmark = pytest.mark.slow

KERAS = """
import os, time
import numpy as np
import keras

random = np.random.RandomState(0)
X = random.normal(size=(400, 4)).astype("float32")
y = (X[:, 0] * X[:, 1] > 0).astype("int32")
model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dropout(0.1),
                          keras.layers.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])

class Slow(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        time.sleep(0.2)

stop = keras.callbacks.EarlyStopping("loss", patience=50)
best = keras.callbacks.ModelCheckpoint("best.keras", "loss", save_best_only=True)
warm = model.fit(X[:300], y[:300], epochs=2, verbose=0)
history = model.fit(X[:300], y[:300], epochs=20, verbose=0, callbacks=[Slow(), stop, best])
print("warm", len(warm.history["loss"]))
print("epochs", len(history.history["loss"]), len(history.epoch), stop.wait, stop.best)
print("smallest", min(history.history["loss"]), os.path.exists("best.keras"))
print("test", model.evaluate(X[300:], y[300:], verbose=0)[1])
"""
FOREST = """
import time
import numpy as np
from sklearn.ensemble import RandomForestClassifier

random = np.random.RandomState(0)
X = random.normal(size=(20000, 20))
y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
model = RandomForestClassifier(n_estimators=400, random_state=3)
model.fit(X[:18000], y[:18000])
print("trees", len(model.estimators_), model.warm_start)
print("test", model.score(X[18000:], y[18000:]))
"""

Run = Callable[..., Any]


class Killed:
    """A trial whose sandbox is killed as soon as its journal says so."""

    def __init__(self, root: Path, home: Path, environment: str, script: str) -> None:
        self.spool = Spool(root)
        self.spool.paths.source.mkdir()
        (self.spool.paths.source / "train.py").write_text(script)
        self.box = ProcessSandbox.prepare(Environment(environment), self.spool, 1, home, 0, lambda _: None)
        self.family, self.paths = Environment(environment).family, self.spool.paths.trial(0)

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """What the journal holds of some kinds."""
        data = self.paths.journal.read_bytes() if self.paths.journal.exists() else b""
        return [event for event in journal.parse(data)[0] if event["event"] in kinds]

    def run(self, until: Callable[["Killed"], bool] | None, **fields: Any) -> list[dict[str, Any]]:
        """Run to the end, killed once when ``until`` says so; all events."""
        given = {"trial": 0, "role": "baseline", "family": self.family, "entry": "train.py", "timeout_s": 300.0}
        self.spool.submit(TrialSpec(**{**given, **fields}))
        self.box.start()
        try:
            if until is not None:
                self._wait(lambda: until(self))
                assert self.box._process is not None
                os.kill(self.box._process.pid, signal.SIGKILL)
                self.box._process.wait()
                assert self.box.death() is not None
                self.box.start()
            self._wait(lambda: bool(self.events(*journal.TERMINAL)))
        finally:
            self.box.stop()
        return journal.parse(self.paths.journal.read_bytes())[0]

    def _wait(self, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + 240
        while not ready() and not self.events(*journal.TERMINAL):
            assert time.monotonic() < until, self.paths.output.read_text()
            time.sleep(0.02)


@pytest.fixture
def killed(tmp_path: Path, home: Path) -> Iterator[Callable[[str, str], Killed]]:
    """Give a function that makes a trial of a script in its family's environment."""
    made: list[Killed] = []

    def make(family: str, script: str) -> Killed:
        made.append(Killed(tmp_path / f"spool{len(made)}", home, family, script))
        return made[-1]

    yield make
    for one in made:
        one.box.stop()


@pytest.mark.parametrize("environment", ["keras", "keras2"])
@pytest.mark.parametrize("tweak", [{}, {"epochs": 4, "scaler": "standard"}])
def test_keras_goes_on_at_the_epoch_after_the_last_one(killed, environment, tweak):
    """The script sees one history of all epochs, and its callbacks and files are what they were."""
    trial = killed(environment, KERAS)
    role = {"role": "confirm", "tweak": tweak, "gate": 0} if tweak else {}

    def far_enough(found: Killed) -> bool:
        """The disk says how often a checkpoint is worth its time: what is waited for is the checkpoint itself."""
        return any(event["fit"] == 1 and event["step"] >= 4 for event in found.events("checkpointed"))

    events = trial.run(far_enough, **role)
    output = trial.paths.output.read_text()
    assert events[-1]["event"] == "finished", (events, output)
    second = max(place for place, event in enumerate(events) if event["event"] == "started")
    kept = [event for event in events[:second] if event["event"] == "checkpointed"]
    resumed = [event for event in events[second:] if event["event"] == "resumed"]
    last = {event["fit"]: event["step"] for event in kept}
    assert {event["fit"]: event["step"] for event in resumed} == last
    again = [event["step"] for event in events[second:] if event["event"] == "epoch"]
    total = 40 if tweak else 20
    assert again[-(total - last[1]) :] == list(range(last[1], total))
    assert f"epochs {total} {total}" in output
    smallest = next(line.split() for line in output.splitlines() if line.startswith("smallest"))
    assert float(smallest[1]) == pytest.approx(float(output.split("epochs")[1].split()[3]))
    assert smallest[2] == "True"


def test_a_forest_goes_on_with_the_trees_that_it_has(killed):
    """Trees that were kept are not grown again, and the forest is that of one fit."""
    events = (trial := killed("sklearn", FOREST)).run(lambda found: bool(found.events("checkpointed")))
    assert events[-1]["event"] == "finished", (events, trial.paths.output.read_text())
    kept = [event["step"] for event in events if event["event"] == "checkpointed"]
    (resumed,) = (event for event in events if event["event"] == "resumed")
    assert 0 < resumed["step"] < 400
    assert resumed["step"] in kept
    whole = killed("sklearn", FOREST)
    assert whole.run(None)[-1]["event"] == "finished"
    printed = [one.paths.output.read_text().splitlines()[-2:] for one in (trial, whole)]
    assert printed[0] == printed[1]
    assert printed[0][0] == "trees 400 False"
