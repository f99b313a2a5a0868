"""Events as a run would give them."""

from typing import Any

import pytest

from pipelines.notify.events import Change, Event, Score, TrialRow

ROWS = (
    TrialRow(number=0, role="baseline", tweak="as written", test=0.685, seconds=1.5),
    TrialRow(number=1, role="search", tweak="as written", validation=0.726, seconds=0.4),
    TrialRow(number=2, role="search", tweak="scaler = standard", validation=0.976, seconds=0.5),
    TrialRow(number=3, role="search", tweak="C = 1000", failure="the solver did not end", seconds=9.0),
    TrialRow(number=4, role="confirm", tweak="scaler = standard", test=0.981, seconds=0.5),
)


def make_event(**fields: Any) -> Event:
    """A search that reached its target, but for the fields given."""
    given: dict[str, Any] = {
        "id": "20260101-000000-abcdef-reached-0",
        "kind": "reached",
        "time": 1_750_000_000.0,
        "name": "wine-svm",
        "search": "20260101-000000-abcdef",
        "source": "https://git.example.org/team/wine.git",
        "branch": "main",
        "commit": "4c38c105ade5d2aa11",
        "author": "Ada Lovelace <ada@example.org>",
        "subject": "Try a support vector machine",
        "found": "sklearn, classical, train.py",
        "metric": "accuracy",
        "target": 0.8,
        "baseline": Score(value=0.685, low=0.553, high=0.793, rows=54),
        "best": Score(value=0.981, low=0.902, high=0.997, rows=54),
        "best_validation": 0.976,
        "changes": (Change(knob="scaler", before="none", after="standard", meaning="Scaling of the features."),),
        "trials": ROWS,
        "looks": 2,
        "seconds": 12.0,
        "run_url": "http://tracking.example.org/#/experiments/1/runs/ab",
        "model": "wine-svm version 1, alias champion",
    }
    return Event(**{**given, **fields})


def make_failure(number: int, **fields: Any) -> Event:
    """One of many failures."""
    bare = {"baseline": None, "best": None, "changes": (), "trials": (), "model": "", "reason": "train.py:7: no data"}
    return make_event(id=f"s{number:03d}-failed-0", search=f"s{number:03d}", kind="failed", **{**bare, **fields})


@pytest.fixture
def event():
    """Give the maker of events."""
    return make_event


@pytest.fixture
def failure():
    """Give the maker of failures."""
    return make_failure
