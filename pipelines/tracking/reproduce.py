"""What a trial is called, and the command that runs it again. Pure."""

from __future__ import annotations

import json
import shlex

from mlprojects.contract.trial import TrialSpec


def run_title(spec: TrialSpec) -> str:
    """A trial's run name: its role, or its tweak in short."""
    if spec.role == "baseline":
        return "baseline" if not spec.holdout_fraction else "baseline, rows set aside"
    words = ", ".join(f"{k}={v}" for k, v in spec.tweak.items()) or "as written"
    return (f"confirm: {words}" if spec.role == "confirm" else words)[:200]


def reproduce_trial(source: str, spec: TrialSpec) -> str:
    """The command that runs one trial again."""
    tweak = json.dumps(spec.tweak, sort_keys=True)
    options = ["--role", spec.role, "--tweak", tweak, "--seed", str(spec.seed), "--metric", spec.metric]
    if spec.holdout_fraction:
        options += ["--holdout", f"{spec.holdout_fraction:g}"]
    if spec.gate:
        options += ["--gate", str(spec.gate)]
    if spec.role == "search":
        options += ["--folds", str(spec.folds)]
    return shlex.join(["autotweak", "trial", source, *options])
