"""What autotweak costs beside its peers, in one run on one machine: ``make bench`` writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import push
from benchmarks.efficiency import PEERS, ROOT, Spent, autotweak, peer, peers_python
from benchmarks.figure import draw
from benchmarks.unattended.kept import free_port
from pipelines.sandbox.docker import engine

PAGE = ROOT / "docs" / "benchmarks.md"
TRIALS = {"network": 20, "svc": 100}
MOST_PROCESSES = 20
PUSHES = 2
GROWTH = ((1_000, 10), (10_000, 10), (10_000, 1_000))
"""Trials, and slots."""


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the trials")
    parser.add_argument("--page", type=Path, default=PAGE)
    given = parser.parse_args()
    python = peers_python()
    sandboxes = ["process", *(["docker"] if engine() is not None else [])]
    spent: list[Spent] = []
    with _server() as server:
        for task, most in TRIALS.items():
            trials = max(4, int(most * given.scale))
            for sandbox in sandboxes:
                spent += autotweak(task, trials, given.slots, sandbox, server)
            for name in PEERS:  # what a process costs is known after a few
                few = min(trials, MOST_PROCESSES) if name == "mlflow_processes" else trials
                spent.append(peer(name, python, task, few, given.slots, server))
            _say(f"{task} done")
    pushed = [_pushed(environment, warm) for environment in push.SCRIPTS for warm in (False, True)]
    grown = [_growth(int(trials * given.scale), slots) for trials, slots in GROWTH]
    draw(spent, grown, given.page.with_suffix(".png"))
    given.page.write_text(_page(spent, pushed, grown, given.slots, given.scale), encoding="utf-8")
    _say(f"{given.page} written")


@contextmanager
def _server() -> Iterator[str]:
    """A real MLflow server on SQLite, for all of them."""
    with tempfile.TemporaryDirectory() as folder:
        store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/files"]
        port = free_port()
        command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1", *store]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _wait_for(url: str) -> None:
    import urllib.error
    import urllib.request

    for _ in range(600):
        try:
            with urllib.request.urlopen(url):  # noqa: S310 - our own server
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise RuntimeError("the MLflow server did not come up within a minute")


def _growth(trials: int, slots: int) -> dict[str, Any]:
    """One simulated search, and its resumption, each by a driver of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.growth", "--trials", str(trials), "--slots", str(slots)]
        first, second = (
            json.loads(subprocess.run([*command, "--folder", folder], capture_output=True, check=True).stdout)
            for _ in range(2)
        )
    _say(f"{trials} simulated trials done")
    return {**first, "slots": slots, "resume_s": second["seconds"], "resume_mib": second["memory_mib"]}


def _pushed(environment: str, warm: bool) -> dict[str, Any]:
    """The best of a few pushes: what others do on the machine makes times longer, never shorter."""
    answered, started, trained = map(min, zip(*push.measured(environment, warm, "process", PUSHES), strict=True))
    _say(f"{environment} pushed")
    found = {"answered_s": answered, "started_s": started, "trained_s": trained}
    return {"script": push.SCRIPTS[environment], "warm": warm, "first": push.FIRST[environment], **found}


def _page(
    spent: list[Spent], pushed: list[dict[str, Any]], grown: list[dict[str, Any]], slots: int, scale: float
) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    ours = {s.task: s.overhead_s for s in spent if not s.whole and s.system.startswith("autotweak")}
    environment = Environment(  # noqa: S701 - a page in Markdown
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("bench.md.j2").render(
        date=time.strftime("%Y-%m-%d"),
        cores=os.cpu_count(),
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30,
        python=platform.python_version(),
        packages=", ".join(f"{name} {version(name)}" for name in ("mlflow", "hyperopt")),
        spent=[(s, s.overhead_s / ours[s.task]) for s in spent],
        docker=any("docker" in s.system for s in spent),
        pushed=pushed,
        pushes=PUSHES,
        grown=grown,
        slots=slots,
        scale=scale,
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
