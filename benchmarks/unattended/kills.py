"""What a machine without memory does: SIGKILL to what trains, and to what serves."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from benchmarks.unattended.kept import expect, until
from benchmarks.unattended.stage import NAME, Stage
from pipelines.sandbox.docker import SEARCH
from pipelines.serving.docker import LABEL


def kill_training(stage: Stage, search: Path) -> None:
    """The sandbox of one search."""
    if stage.sandbox == "docker":
        _kill_container(stage, f"{SEARCH}={search.name}")
        return
    mine = [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and {str(search), "mlprojects.sandbox.supervisor"} <= _command(process)
    ]
    expect(bool(mine), "no sandbox of the search runs, so none could be killed")
    os.killpg(os.getpgid(mine[0]), signal.SIGKILL)


def kill_serving(stage: Stage) -> None:
    """The version that answers."""
    if stage.sandbox == "docker":
        _kill_container(stage, f"{LABEL}={NAME}")
        return
    runs = stage.home / "serving" / NAME / "run"
    pid = until(f"one process that serves {NAME}", lambda: _only(list(runs.glob("*/pid"))))
    os.kill(int(pid.read_text()), signal.SIGKILL)


def _kill_container(stage: Stage, label: str) -> None:
    wanted = [label, f"autotweak.home={stage.home.resolve()}"]
    running = stage.engine.containers
    until(f"one container of {label}", lambda: _only(running.list(filters={"label": wanted}))).kill()


def _only(found: list[Any]) -> Any:
    """The one there is; None while what is replaced still ends."""
    return found[0] if len(found) == 1 else None


def _command(process: Path) -> set[str]:
    try:
        return set((process / "cmdline").read_text().split("\0"))
    except OSError:
        return set()
