"""What waits in the queue, within a few seconds whatever the tracking server does.

The watch service is asked where one runs. Where none does, the tracking server is, by another process that can be
ended: loading MLflow takes longer than all the rest of ``status``.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines.presence import WATCH, presence, utc
from pipelines.status.overview import Push, Queue

CONNECT_S, ANSWER_S, LOAD_S = 2.0, 3.0, 15.0
"""For a connection, for an answer of our own service, for a process that loads MLflow and asks."""
_READER = "pipelines.watch.waiting"


def read_queue(home: Path) -> Queue:
    """What waits; nothing where this home has never watched a repository."""
    if not (home / WATCH).exists():
        return Queue()
    address = (presence(home / WATCH) or {}).get("address")
    if address:
        return _from_service(address)
    server = os.environ.get("MLFLOW_TRACKING_URI", "")
    if not server and not (home / "mlflow.db").exists():
        return Queue()
    problem = unreachable(server)
    return Queue(None, problem) if problem else _from_store()


def unreachable(uri: str) -> str:
    """Why nobody listens where a tracking server is said to be; empty where somebody does, or it is no server."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https"):
        return ""
    host = parts.hostname or ""
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((host, port), CONNECT_S).close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return f"the tracking server at {parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}: {reason}"
    return ""


def _from_service(address: str) -> Queue:
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # our own service: no proxy leads there
        with direct.open(f"{address}/status", timeout=ANSWER_S) as answer:
            return _queue(json.load(answer)["waiting"])
    except urllib.error.HTTPError as error:
        return Queue(None, _said(error))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Queue(None, f"autotweak watch does not answer at {address}: {getattr(error, 'reason', error)}")


def _said(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"autotweak watch answered with status {error.code}"


def _from_store() -> Queue:
    command = [sys.executable, "-m", _READER]
    impatient = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": str(int(ANSWER_S))}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=LOAD_S, env={**os.environ, **impatient}
        )
    except subprocess.TimeoutExpired:
        return Queue(None, f"the tracking server did not answer within {LOAD_S:.0f} s")
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no reason is known"]
        return Queue(None, lines[-1])
    return _queue(json.loads(done.stdout))


def _queue(entries: list[dict[str, Any]]) -> Queue:
    return Queue(
        tuple(
            Push(
                repository=str(entry["repository"]),
                branch=str(entry["branch"]),
                commit=str(entry["commit"]),
                since=utc(float(entry["accepted_ms"]) / 1000),
                run_id=str(entry["run_id"]),
            )
            for entry in entries
        )
    )
