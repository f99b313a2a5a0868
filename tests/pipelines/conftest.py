"""Facts as a trial would give them."""

import os
from typing import Any

import pytest

from pipelines.facts import Described, Evaluated, Failed, Outcome
from pipelines.search.loop import Search
from pipelines.search.policy import Limits
from pipelines.spool import Spool
from tests.pipelines import tracked
from tests.pipelines.simulated import TEMPLATE, Clock, Sandbox, Watcher


def make_described(**fields: Any) -> Described:
    """A description of a support vector machine, but for the fields given."""
    given = {
        "event": "described",
        "time": 1.0,
        "gate": 0,
        "models": 1,
        "where": "train.py:3",
        "task": "classification",
        "rows": 100,
        "input_shape": [13],
        "classes": 3,
        "data_fingerprint": "ab",
        "estimator": "SVC",
        "knobs": {"scaler": "none", "C": 1.0, "gamma": "scale", "kernel": "rbf"},
        "choices": {"scaler": ["none", "standard", "minmax"]},
        "alternatives": {},
        "summary": "SVC()",
    }
    return Described(**{**given, **fields})


def make_evaluated(
    split: str, value: float, rows: int = 50, width: float = 0.05, majority: float | None = None
) -> Evaluated:
    """A score, with the half width of its interval and the share of the commonest class."""
    return Evaluated(
        event="evaluated",
        time=2.0,
        split=split,
        metric="accuracy",
        value=value,
        rows=rows,
        interval=(max(0.0, value - width), min(1.0, value + width)),
        evidence="score(X, y)",
        majority=None if majority is None else {"label": "yes", "share": majority},
    )


def make_outcome(
    trial: int,
    role: str,
    tweak: dict | None = None,
    validation: float | None = None,
    test: float | None = None,
    failed: str | None = None,
    loss: float | None = None,
) -> Outcome:
    """A trial that has ended."""
    return Outcome(
        trial=trial,
        role=role,
        tweak=tweak or {},
        validation=None if validation is None else make_evaluated("validation", validation),
        test=None if test is None else make_evaluated("test", test),
        failed=Failed(event="failed", time=1.0, kind="trial", reason=failed) if failed else None,
        loss=loss,
    )


@pytest.fixture
def described():
    """Give the maker of descriptions."""
    return make_described


@pytest.fixture
def evaluated():
    """Give the maker of scores."""
    return make_evaluated


@pytest.fixture
def outcome():
    """Give the maker of outcomes."""
    return make_outcome


@pytest.fixture
def make(tmp_path):
    """Give a function that makes a search with its clock, sandbox and watcher."""

    def build(
        does, max_trials=10, timeout_s=600.0, slots=1, dies=lambda _: None, template=TEMPLATE, memory=None, log=None
    ):
        spool = Spool(tmp_path / "spool")
        clock, watcher = Clock(), Watcher()
        sandbox = Sandbox(spool, does, dies, memory)
        limits = Limits(template.target, max_trials, slots)
        search = Search(template, limits, timeout_s, spool, sandbox, [watcher], clock, clock.sleep, log)
        return search, sandbox, watcher, clock

    return build


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Give one home with its store, made once: SQLite's tables take seconds."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def tracker(home, monkeypatch):
    """Give a tracker on that store, with nothing of MLflow in the environment, before and after."""
    from mlflow import set_tracking_uri

    from pipelines.tracking.tracker import Tracker

    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    yield Tracker(home)
    set_tracking_uri(None)


@pytest.fixture
def searched(request, tracker, described, outcome):
    """Give a tracker that has followed a baseline, a search trial and its confirmation."""
    tracker.start(request.node.name, "search x", tracked.TAGS, {"target": "0.8"}, "autotweak run x")
    tracked.follow(
        tracker,
        tracked.BASE,
        tracked.make_events(described, "described", tracked.evaluated("test", 0.5), tracked.FINISHED),
        outcome,
    )
    epochs = [tracked.epoch(0, loss=2.0, accuracy=0.3), tracked.epoch(1, loss=1.0, accuracy=0.6)]
    tracked.follow(
        tracker,
        tracked.SEARCHED,
        tracked.make_events(described, *epochs, tracked.evaluated("validation", 0.9), tracked.FINISHED),
        outcome,
    )
    tracked.follow(
        tracker,
        tracked.CONFIRMED,
        tracked.make_events(described, "described", tracked.evaluated("test", 0.85), tracked.FINISHED),
        outcome,
    )
    return tracker
