"""Facts as a trial would give them."""

from typing import Any

import pytest

from pipelines.facts import Described, Evaluated, Failed, Outcome


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
