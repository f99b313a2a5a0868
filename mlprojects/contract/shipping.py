"""A journal as MLflow's metrics, parameters and tags: the one translation, used on both sides.

Timestamps are the journal's own, so that shipping a journal twice changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlprojects.contract.trial import TrialSpec


@dataclass
class Batch:
    """What to log to one run."""

    metrics: list[tuple[str, float, int, int]] = field(default_factory=list)
    """(key, value, timestamp in ms, step)"""
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "RUNNING"
    """MLflow's run status: RUNNING, FINISHED or FAILED."""


def name_for_mlflow(name: str) -> str:
    """A name that MLflow takes: scripts name their Keras metrics as they like."""
    return re.sub(r"[^\w\-. :]|\.{2,}", "_", name)[:250] or "_"


def translate(spec: TrialSpec, events: Sequence[dict[str, Any]], written: dict[str, Any] | None = None) -> Batch:
    """The batch of one trial.

    Args:
        spec: what was asked for.
        events: its journal so far, oldest first.
        written: the knobs as the script has them, so that each run shows every knob's value; None where
            the journal's own description has them.
    """
    batch = Batch()
    gate = spec.gate
    knobs = dict(written or {})
    restarts: list[str] = []
    for event in events:
        stamp, kind = int(event["time"] * 1000), event["event"]
        if kind == "started" and event.get("reason"):
            restarts.append(str(event["reason"]))
            batch.tags["autotweak.restarts"] = json.dumps(restarts, ensure_ascii=False)
        elif kind == "described":
            gate = event["gate"]
            knobs = knobs or dict(event["knobs"])
            batch.tags["autotweak.estimator"] = str(event["estimator"])
            if event.get("gate_reason"):
                batch.tags["autotweak.gate_reason"] = str(event["gate_reason"])
            batch.tags["autotweak.data_fingerprint"] = str(event["data_fingerprint"])
        elif kind == "evaluated":
            name = f"{event['split']}_{event['metric']}"
            low, high = event["interval"]
            values = {
                name: event["value"],
                f"{name}_low": low,
                f"{name}_high": high,
                f"{event['split']}_rows": event["rows"],
            }
            batch.metrics += [(key, float(number), stamp, 0) for key, number in values.items()]
            batch.tags[f"autotweak.{event['split']}_evidence"] = str(event["evidence"])
        elif kind == "finished":
            batch.status = "FINISHED"
            batch.metrics += [("fit_seconds", float(event["fit_seconds"]), stamp, 0)]
            batch.metrics += [("trial_seconds", float(event["seconds"]), stamp, 0)]
            if event.get("script_error"):
                batch.tags["autotweak.script_error"] = str(event["script_error"])
        elif kind == "failed":
            batch.status = "FAILED"
            batch.tags["autotweak.failure"] = f"{event['kind']}: {event['reason']}"
            if event.get("cause"):
                batch.tags["autotweak.cause"] = str(event["cause"])
        elif kind == "stopped":
            batch.tags["autotweak.stopped"] = str(event["reason"])
        elif kind == "fault":
            batch.tags["autotweak.fault"] = str(event["reason"])
    for event in _epochs(events, gate):
        stamp = int(event["time"] * 1000)
        logs = {name_for_mlflow(k): v for k, v in event["logs"].items() if v is not None}
        batch.metrics += [(k, float(v), stamp, int(event["step"])) for k, v in logs.items()]
    batch.params = {name_for_mlflow(name): str(value) for name, value in {**knobs, **spec.tweak}.items()}
    batch.params["seed"] = str(spec.seed)
    return batch


def _epochs(events: Iterable[dict[str, Any]], gate: int | None) -> list[dict[str, Any]]:
    """The epochs of the model that counts; of one that a later attempt did again, that attempt's."""
    found = [event for event in events if event["event"] == "epoch" and (gate is None or event["model"] == gate)]
    return list({(event["model"], event["step"]): event for event in found}.values())
