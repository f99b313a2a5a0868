"""The journal: what a trial says, one JSON event a line. It is the truth; MLflow shows it.

============= ============================================================================================
started       attempt (1 is the first), pid, and of a later attempt the reason
described     the model and the data: see :class:`pipelines.facts.Described`
epoch         step (0 is the first), model (its ordinal), logs {name: value} as Keras reports them
evaluated     split (validation | test), metric, value, rows, interval, evidence; of classes majority and
              confusion, of others what is reported ``also``
checkpointed  what a fit had come to is kept: fit (0 is the first), step (epochs or rounds done), size_bytes
resumed       a fit goes on from a checkpoint of an attempt before: fit, step
stopped       a fit was ended before its last epoch because it could not come up with the trials before it: reason
saved         the model is in ``model/``: format
finished      fit_seconds, seconds, and script_error when the script failed after it had trained
failed        kind (source | trial | platform), reason in one line, where (file:line), and where it is known the
              cause (out_of_memory | killed | timeout | hang | error; too_long: given up, as it would take most of the
              time that is left for the search)
fault         the wrapper itself failed and stepped aside: reason in one line
============= ============================================================================================
"""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from typing import Any

TERMINAL = frozenset({"finished", "failed"})


def clean(value: Any) -> Any:
    """Make ``value`` plain JSON: NumPy scalars to Python's, NaN and infinities to null."""
    if isinstance(value, dict):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if isinstance(value, bool | str | int) or value is None:
        return value
    if hasattr(value, "tolist"):
        return clean(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


class Journal:
    """Append events to one file. A line is one ``write``, so a kill leaves at most a broken last line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, event: str, **fields: Any) -> None:
        """Write one event with the time in seconds since the epoch."""
        line = json.dumps({"event": event, "time": time.time(), **clean(fields)}, allow_nan=False)
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, line.encode() + b"\n")
        finally:
            os.close(handle)


def parse(data: bytes) -> tuple[list[dict[str, Any]], int]:
    """Read whole lines; a broken last line stays for the next call.

    Returns:
        The events, and the number of bytes that they took.

    Raises:
        ValueError: a whole line is not a JSON object with an event and a time.
    """
    end = data.rfind(b"\n") + 1
    events = []
    for line in data[:end].splitlines():
        if not line.strip():
            continue
        event = json.loads(line)
        if not isinstance(event, dict) or not isinstance(event.get("event"), str) or "time" not in event:
            raise ValueError(f"not a journal line: {line[:80]!r}")
        events.append(event)
    return events, end
