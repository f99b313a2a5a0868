"""The script by itself, in the environment that autotweak ran it in: what the baseline has to equal bit for bit."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from benchmarks import cases
from benchmarks.cases import Case
from pipelines.settings import MachineSettings
from pipelines.tracking.tracker import tracking_uri

TIMEOUT_S = 300


def difference(case: Case, report: dict[str, Any]) -> str | None:
    """In what the baseline differs from the plain script: score or a printed line; empty where in nothing.

    None where the plain script differs from itself, run twice: Keras 2 draws initial weights from Python's generator,
    which most scripts do not seed.
    """
    printed = run(case, report)
    if cases.last_number(printed) != cases.last_number(run(case, report)):
        return None
    if not cases.same_score(cases.last_number(printed), report["baseline"]["test"]):
        last = (printed.strip().splitlines() or ["nothing"])[-1]
        return f"the plain script ends with {last!r}, the baseline measured {report['baseline']['test']:.6f}"
    line = cases.missing_line(printed, baseline_output(report))
    return f"the baseline did not print {line!r}" if line else ""


def run(case: Case, report: dict[str, Any]) -> str:
    """What the plain script prints on standard output, run in a copy of its folder."""
    name = f"{report['environment']}-{report['environment_digest']}"
    python = next((MachineSettings().home.resolve() / "environments").glob(f"{name}-*/bin/python"))
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "work"
        shutil.copytree(case.source if case.source.is_dir() else case.source.parent, work)
        variables = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}
        variables |= {"MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONHASHSEED": "0"}
        done = subprocess.run(
            [python, work / report["entry"]],
            capture_output=True,
            text=True,
            cwd=work / report["cwd"],
            env=variables,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        )
    return done.stdout


def baseline_output(report: dict[str, Any]) -> str:
    """What the script printed as the baseline, kept with its run."""
    client = MlflowClient(tracking_uri=tracking_uri(MachineSettings().home))
    parent = client.get_run(report["search_run_id"])
    condition = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}' and tags.`autotweak.role` = 'baseline'"
    run = client.search_runs([parent.info.experiment_id], condition, order_by=["attributes.start_time ASC"])[0]
    with tempfile.TemporaryDirectory() as scratch:
        return Path(client.download_artifacts(run.info.run_id, "output.log", scratch)).read_text(encoding="utf-8")
