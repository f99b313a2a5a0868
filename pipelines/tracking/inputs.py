"""What went into a trial and came out of it, as MLflow shows it: whose it is, its rows, its model."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Sequence

from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelOutput

from pipelines.facts import Described, Event

MOST_DIGEST = 36
"""MLflow's limit."""


def data_sets(events: Sequence[Event], source: str) -> list[DatasetInput]:
    """The rows that the counted model was fitted on; none where they were not described, or cannot be read twice.

    Args:
        events: the trial's journal.
        source: what was pushed, pinned; the rows are what its script makes of its data.
    """
    described = next((event for event in reversed(events) if isinstance(event, Described)), None)
    if described is None or not described.data_fingerprint:
        return []
    shape = {"num_rows": described.rows, "shape": list(described.input_shape or ()), "classes": described.classes}
    known = json.dumps({name: value for name, value in shape.items() if value})
    place = described.where.rpartition("/")[2] or "rows"
    origin = json.dumps({"source": source, "where": described.where})
    data = Dataset(place, described.data_fingerprint[:MOST_DIGEST], "autotweak", origin, profile=known)
    return [DatasetInput(data, [InputTag("mlflow.data.context", "training")])]


def model_output(model_id: str) -> LoggedModelOutput:
    """The model that a run has logged."""
    return LoggedModelOutput(model_id=model_id, step=0)


def user_name() -> str:
    """Who runs this; a number where the machine has no name for it, as in a container under any user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
