"""The JSON report of a run: every key always there, null where nothing is known."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pipelines.errors import AutotweakError
from pipelines.facts import Described, Outcome


@contextmanager
def reported(report: Report, as_json: bool) -> Iterator[None]:
    """Print the report, where it is asked for, whatever happens but Ctrl-C."""
    try:
        yield
    except AutotweakError as error:
        report.status = error.status
        report.facts["reason"] = str(error)
        raise
    except Exception as error:
        report.facts["reason"] = f"internal error: {error}"
        raise
    finally:
        if as_json and sys.exc_info()[0] is not KeyboardInterrupt:
            print(json.dumps(report.to_json(), ensure_ascii=False), flush=True)  # noqa: T201 - the one place


@dataclass
class Report:
    """What ``--json`` prints; filled as the run goes, so that a failure reports what was known."""

    status: str = "failed"
    facts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """One object with every key that DESIGN promises, null where nothing is known."""
        empty: dict[str, Any] = {
            "family": None,
            "kind": None,
            "entry": None,
            "environment": None,
            "evidence": [],
            "reason": "",
            "baseline": None,
            "best": None,
            "gate": None,
            "diagnosis": [],
            "trials": 0,
            "failed_trials": 0,
            "seconds": 0.0,
            "fit_seconds": 0.0,
            "search": None,
            "search_run_id": None,
            "restarts": [],
            "model": None,
        }
        return {**empty, **self.facts, "status": self.status}


def outcome_json(outcome: Outcome | None, validation: float | None) -> dict[str, Any] | None:
    """``baseline`` and ``best`` of the JSON report."""
    if outcome is None:
        return None
    test = outcome.test
    return {
        "trial": outcome.trial,
        "tweak": outcome.tweak,
        "validation": validation,
        "metric": test.metric if test else None,
        "test": test.value if test else None,
        "test_rows": test.rows if test else None,
        "interval": list(test.interval) if test else None,
        "script_error": outcome.script_error,
        "majority": test.majority.model_dump() if test and test.majority else None,
        "also": test.also if test else {},
    }


def gate_json(described: Described | None) -> dict[str, Any] | None:
    """``gate`` of the JSON report: which of the script's models counts, and why."""
    if described is None:
        return None
    reason = described.gate_reason or "the only model that is fitted"
    return {
        "model": described.estimator,
        "where": described.where,
        "ordinal": described.gate,
        "models": described.models,
        "reason": reason,
    }
