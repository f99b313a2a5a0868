"""What a saved model says about itself. It comes from inside: nothing of it is loaded here."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from pipelines.environments import Environment
from pipelines.sources.requirements import beside

MOST_EXAMPLE_BYTES = 64 << 20


def environment_of(model: Path) -> Environment | None:
    """The environment that a saved model needs, told from its pinned requirements; None where it is none of ours."""
    name = _base_of(model)
    return None if name is None else Environment(name, beside(model / "requirements.txt", Environment(name).pins()))


def _base_of(model: Path) -> str | None:
    text = (_read(model / "requirements.txt") or b"").decode(errors="replace")
    pins = {name.lower(): version for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)}
    if "keras" in pins or "tensorflow" in pins:
        return "keras2" if pins.get("keras", "").startswith("2.") else "keras"
    return "sklearn" if "scikit-learn" in pins else None


def serving_example(model: Path) -> bytes | None:
    """The request that MLflow saved with the model: its input example; None where there is none."""
    return _read(model / "serving_input_example.json")


def rows_of(example: Any) -> int | None:
    """How many rows a request holds; None where that cannot be told."""
    if not isinstance(example, dict) or len(example) != 1:
        return None
    ((kind, given),) = example.items()
    if kind == "dataframe_split" and isinstance(given, dict):
        given = given.get("data")
    elif kind == "inputs" and isinstance(given, dict):
        given = next(iter(given.values()), None)
    return len(given) if isinstance(given, list) else None


def fault_of(example: bytes, status: int, answer: bytes) -> str | None:
    """What is wrong with a model's answer to its own input example, in one line; None where nothing is."""
    try:
        said = json.loads(answer)
    except ValueError:
        said = None
    if status != 200 or not isinstance(said, dict):
        reason = said.get("message") if isinstance(said, dict) else answer.decode(errors="replace")
        return f"its input example was answered with status {status}: {' '.join(str(reason).split())[:300]}"
    predictions, rows = said.get("predictions"), rows_of(json.loads(example))
    if predictions is None or (rows is not None and isinstance(predictions, list) and len(predictions) != rows):
        return f"its input example has {rows} rows, and the answer is not as many predictions"
    return None


def _read(path: Path) -> bytes | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(MOST_EXAMPLE_BYTES)
