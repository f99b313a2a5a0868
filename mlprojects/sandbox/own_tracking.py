"""A script's own MLflow: the server that it names where that answers, else the folder of its trial."""

from __future__ import annotations

import functools
import socket
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMES = ("set_tracking_uri", "set_registry_uri")
ANSWERS_WITHIN_S = 2.0


def install(work: Path) -> None:
    """Stand about ``mlflow.set_tracking_uri`` where a script of the source calls it.

    Without a server MLflow tries for minutes before it gives up, and its SQL stores are not in the environment.
    """
    if not any(b"set_tracking_uri" in path.read_bytes() for path in work.rglob("*.py")):
        return
    try:
        import mlflow
    except ImportError:
        return
    for name in NAMES:
        setattr(mlflow, name, _local(getattr(mlflow, name)))


def _local(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def set_uri(uri: Any) -> Any:
        return original(uri) if is_there(str(uri)) else None

    return set_uri


def is_there(uri: str) -> bool:
    """Whether something can be logged to ``uri`` from here."""
    parts = urllib.parse.urlsplit(uri)
    if parts.scheme in ("", "file") or len(parts.scheme) == 1:  # a path, on Windows with its drive
        return True
    if parts.scheme not in ("http", "https") or parts.hostname is None:
        return False
    try:
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        with socket.create_connection((parts.hostname, port), ANSWERS_WITHIN_S):
            return True
    except (OSError, ValueError):
        return False
