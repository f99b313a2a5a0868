"""Runs the corpus and writes docs/scores.md: python -m benchmarks.score.

Each case is run as a user would (`autotweak run --json`). Its baseline is compared with the plain script in the same
environment. Whether "reached" is true is told by three things that do not come from autotweak: some cases cannot
reach the target, the number of test rows is known, and every case that reached it is run once more with the labels of
its data shuffled: then nothing can be learned, and "reached" again would mean that training rows were counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import click

from benchmarks import cases, plain, table, twins
from benchmarks.cases import Case

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "scores.md"
TWIN_TRIALS = 6


@click.command()
@click.option("--only", default="", help="Cases whose path contains this.")
@click.option("--limit", type=int, help="So many cases at most.")
@click.option("--jobs", type=int, default=1, show_default=True, help="Cases at the same time.")
@click.option("--max-trials", type=int, default=40, show_default=True)
@click.option("--timeout", default="4m", show_default=True, help="Time for one search.")
@click.option("--sandbox", default="process", show_default=True)
@click.option("--twins/--no-twins", "with_twins", default=True, help="Run those that reached with shuffled labels too.")
@click.option("--results", type=Path, default=ROOT / "build" / "scores.jsonl", show_default=False,
              help="Where what was found is kept; cases found there are not run again.")  # fmt: skip
@click.option("--again", is_flag=True, help="Run them again all the same.")
def main(only: str, limit: int | None, jobs: int, results: Path, again: bool, with_twins: bool, **options: Any) -> None:
    """Run the corpus, tell each case as it ends, and write the table of all that is known."""
    os.environ.setdefault("AUTOTWEAK_HOME", str(ROOT / "build" / "home"))  # nobody's own registry
    everything = cases.load()
    known = {} if again else _read(results)
    todo = [case for case in everything if only in case.path and case.path not in known][:limit]
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a", encoding="utf-8") as kept, ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(score, case, with_twins, **options) for case in todo]
        for ended in as_completed(running):
            record = ended.result()
            kept.write(json.dumps(record, ensure_ascii=False) + "\n")
            kept.flush()
            click.echo(table.line(record))
    known = _read(results)
    found = [known[case.path] for case in everything if case.path in known]
    click.echo(table.summary(found))
    DOCUMENT.write_text(table.document(found, len(everything), options), encoding="utf-8")
    click.echo(f"wrote {DOCUMENT.relative_to(ROOT)}")


def score(case: Case, with_twin: bool, max_trials: int, timeout: str, sandbox: str) -> dict[str, Any]:
    """Run one case and say what is right and what is wrong with it."""
    began = time.monotonic()
    arguments = ["--timeout", timeout, "--sandbox", sandbox]
    report, status, stderr = autotweak(case.source, *arguments, "--max-trials", str(max_trials))
    baseline, test = report["baseline"], (report["baseline"] or {}).get("test")
    record: dict[str, Any] = {
        "path": case.path,
        "covers": case.covers,
        "reading": cases.wrong_reading(case, report) if report["family"] else report["reason"],
        "came_to": cases.ending(report, status),
        "wrong": cases.wrong_ending(case, report, status, stderr),
        "trains": case.trains,
        "reachable": case.allowed <= {"reach", "above"},
        "baseline": test,
        "best": (report["best"] or {}).get("test"),
        "tweak": (report["best"] or {}).get("tweak"),
        "trials": report["trials"],
        "equal": None,
        "differs": "",
        "false_reached": cases.false_reached(case, report),
        "twin": None,
    }
    if baseline and case.rows is not None and baseline["test_rows"] != case.rows:
        record["wrong"] = record["wrong"] or f"measured on {baseline['test_rows']} rows, should be {case.rows}"
    if case.plain and test is not None:
        differs = plain.difference(case, report)
        record["differs"] = differs or ""
        record["equal"] = None if differs is None else not differs
    if with_twin and report["status"] == "reached" and twins.possible(case):
        with tempfile.TemporaryDirectory() as scratch:
            twin = twins.make(case, Path(scratch))
            shuffled, _, _ = autotweak(twin, *arguments, "--max-trials", str(TWIN_TRIALS), "--no-promote")
        record["twin"] = shuffled["status"]
        if shuffled["status"] == "reached":
            record["false_reached"] = "reached with shuffled labels too"
    return record | {"seconds": round(time.monotonic() - began, 1)}


def autotweak(source: Path, *arguments: str) -> tuple[dict[str, Any], int, str]:
    """Run the command line as a user has it: the report, the exit status and what was told."""
    command = [sys.executable, "-m", "pipelines", "run", str(source), "--json", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    return json.loads(done.stdout.strip().splitlines()[-1]), done.returncode, done.stderr


def _read(results: Path) -> dict[str, dict[str, Any]]:
    """The last record of each case."""
    return {record["path"]: record for record in _records(results)}


def _records(results: Path) -> Iterator[dict[str, Any]]:
    if results.exists():
        for line in results.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


if __name__ == "__main__":
    main()
