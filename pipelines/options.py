"""What a run was asked for: the command line before the source's settings before the defaults."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlprojects.contract.metrics import DEFAULT_TARGET, METRICS
from pipelines.errors import UsageError
from pipelines.settings import MachineSettings, SourceSettings, parse_duration_s

MOST_SEED = 2**32 - 1
"""NumPy's limit."""


@dataclass(frozen=True)
class RunOptions:
    """What the command line said; None where it said nothing and the source or the default decides."""

    source: str
    ref: str | None = None
    target: float | None = None
    metric: str | None = None
    max_trials: int | None = None
    timeout: str | None = None
    seed: int | None = None
    sandbox: str = "auto"
    slots: int = 1
    cluster: str = ""
    """The scheduler whose agents run the trials; empty: this machine does."""
    name: str | None = None
    promote: bool = True
    target_column: str = ""
    network: bool = False
    settings: Path | None = None
    """A file of settings that stand before the source's own."""


@dataclass(frozen=True)
class Plan:
    """The options with the source's settings and the defaults filled in."""

    target: float
    metric: str
    max_trials: int
    timeout_s: float
    seed: int
    name: str


def network_allowed(options: RunOptions, settings: SourceSettings, machine: MachineSettings) -> bool:
    """Whether trials get the network: what a source asks for counts only where the machine's owner lets it."""
    return options.network or (settings.network == "allow" and machine.network_allow)


def resolve(options: RunOptions, settings: SourceSettings, source_name: str) -> Plan:
    """Command line before the source's settings before the defaults.

    Raises:
        UsageError: a value is out of its range.
    """

    def first(*values: Any) -> Any:
        return next((value for value in values if value is not None), None)

    metric = str(first(options.metric, settings.metric, "accuracy"))
    if metric not in METRICS:
        raise UsageError(f"metric {metric!r} is not one of {', '.join(METRICS)}")
    target = float(first(options.target, settings.target, math.nan if METRICS[metric].lower else DEFAULT_TARGET))
    if math.isnan(target) and options.target is None:
        raise UsageError(f"metric {metric} has the unit of what is predicted: say which --target is good enough")
    if METRICS[metric].lower and not 0 < target < math.inf:
        raise UsageError(f"target {target:g} is not a {metric} above 0")
    if not METRICS[metric].lower and not 0 < target <= 1:
        raise UsageError(f"target {target:g} is not above 0 and at most 1; 0.8 means 80 %")
    max_trials = int(first(options.max_trials, settings.max_trials, 40))
    if max_trials < 1:
        raise UsageError(f"max-trials {max_trials} leaves no trial; the baseline alone is 1")
    if options.slots < 1:
        raise UsageError(f"slots {options.slots} leaves none; at least 1")
    seed = int(first(options.seed, settings.seed, 0))
    if not 0 <= seed <= MOST_SEED:
        raise UsageError(f"seed {seed} is not between 0 and {MOST_SEED}")
    name = re.sub(r"[/:\\\"']+", "-", str(first(options.name, settings.name, source_name))).strip() or "source"
    timeout_s = parse_duration_s(str(first(options.timeout, settings.timeout, "20m")))
    return Plan(target, metric, max_trials, timeout_s, seed, name)
