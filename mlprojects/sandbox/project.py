"""One built-in project as a plain MLflow Project: run in this container, written beside the trial.

``mlflow run mlprojects/keras`` ends up here, in the family's image, with the run and the tracking server
in the environment. It is the same runner on the same kind of spool; only who writes to MLflow differs.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from pathlib import Path

from mlprojects import trainers
from mlprojects.contract import journal
from mlprojects.contract.knobs import parse_knobs
from mlprojects.contract.layout import SpoolPaths, write_atomic
from mlprojects.contract.shipping import translate
from mlprojects.contract.trial import TrialSpec
from mlprojects.sandbox.runner import run_trial


def main(arguments: list[str]) -> int:
    """Train once with the knobs given and log to the run in ``MLFLOW_RUN_ID``.

    Returns:
        0 when the trial finished, 2 when it failed (the reason is printed).
    """
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("family", choices=("sklearn", "keras"))
    parser.add_argument("--data", required=True)
    parser.add_argument("--target-column", default="")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--knob", action="append", default=[], metavar="NAME=VALUE")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        spool = SpoolPaths(Path(scratch))
        shutil.copytree(Path(trainers.__file__).parent, spool.source)
        spec = TrialSpec(
            trial=0,
            role="confirm",
            family=given.family,
            entry=f"train_{given.family}.py",
            argv=("--data", given.data, "--target-column", given.target_column),
            tweak=parse_knobs(given.knob),
            seed=given.seed,
            gate=0,
            save_model="always",
        )
        paths = spool.trial(0)
        paths.root.mkdir(parents=True)
        write_atomic(paths.spec, spec.to_json())
        process = multiprocessing.get_context("spawn").Process(target=run_trial, args=(scratch, 0))
        process.start()
        process.join()
        print(paths.output.read_text(encoding="utf-8", errors="replace"))
        events, _ = journal.parse(paths.journal.read_bytes() if paths.journal.exists() else b"")
        _log(spec, events, paths.model)
        failed = [event for event in events if event["event"] == "failed"]
        if failed or not events:
            print(f"failed: {failed[0]['reason'] if failed else 'the process died'}", file=sys.stderr)
            return 2
    return 0


def _log(spec: TrialSpec, events: list[dict[str, object]], model: Path) -> None:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param, RunTag

    run = os.environ["MLFLOW_RUN_ID"]
    batch = translate(spec, events)
    batch.tags["autotweak.tweak"] = json.dumps(spec.tweak, sort_keys=True)
    client = MlflowClient()
    given = client.get_run(run).data.params
    client.log_batch(
        run,
        metrics=[Metric(*metric) for metric in batch.metrics],
        params=[Param(key, value) for key, value in batch.params.items() if key not in given],
        tags=[RunTag(key, value) for key, value in batch.tags.items()],
    )
    if model.is_dir():
        client.log_artifacts(run, str(model), "model")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
