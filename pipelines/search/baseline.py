"""The script as written, before anything is tried: whether it can be measured, and what measuring it takes."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn, Protocol

from mlprojects.contract.metrics import METRICS
from mlprojects.contract.trial import Role, TrialSpec, Tweak
from pipelines.errors import PlatformError, SourceError
from pipelines.facts import Described, Outcome
from pipelines.restarts import out_of_memory

FEW_ROWS = 2000
QUICK_FIT_S = 2.0
FOLDS = 5
HOLDOUT = 0.25
FEWEST_HELD_OUT = 5
"""On fewer rows a model that knows nothing is right often enough."""


class Runner(Protocol):
    """A search that runs single trials."""

    template: TrialSpec

    def run_one(self, role: Role, tweak: Tweak, save_model: str) -> Outcome:
        """One trial, alone, to its end."""


def run_baseline(search: Runner, max_trials: int) -> Outcome:
    """The script as written; once more with rows set aside, where it evaluates none but its training data.

    The search's template has then what the search's trials need: which model counts, folds, the share set aside.

    Raises:
        SourceError: it fails, fits nothing, or what it fits has no accuracy.
    """
    baseline = search.run_one("baseline", {}, save_model="if_reached")
    _require_measurable(baseline)
    template = search.template
    assert baseline.described is not None
    gated = _ungated(baseline.described, template.metric) is None
    few = (baseline.described.rows or FEW_ROWS) < FEW_ROWS and baseline.fit_seconds < QUICK_FIT_S
    folds = FOLDS if template.family == "sklearn" and few else 1
    search.template = replace(template, gate=baseline.described.gate, folds=folds)
    can_be = baseline.described.task != "clustering" and (gated or max_trials > 1)
    if baseline.test is None and can_be:
        if max_trials < 2:
            needs = "measuring it on rows set aside takes a second trial: --max-trials 2"
            raise SourceError(f"the script evaluates only its training data; {needs}")
        _require_rows(baseline.described)
        search.template = replace(search.template, holdout_fraction=HOLDOUT)
        again = search.run_one("baseline", {}, save_model="if_reached")
        if again.failed is not None and again.failed.kind == "trial":
            where = baseline.described.where
            raise SourceError(f"{where}: the script evaluates no test data, and {again.failed.reason}")
        _require_measurable(again)
        assert again.described is not None
        reason = baseline.described.gate_reason
        baseline = again.model_copy(update={"described": again.described.model_copy(update={"gate_reason": reason})})
    if not gated:
        _refuse(baseline, template.metric)
    if baseline.test is None:
        raise SourceError(f"{template.entry}: no rows could be set aside to measure the model on")
    return baseline


def _require_measurable(baseline: Outcome) -> None:
    failed = baseline.failed
    if failed is not None:
        place = f"{failed.where}: " if failed.where else ""
        if failed.kind == "platform":
            raise PlatformError(f"the baseline failed: {failed.reason}")
        more = "; AUTOTWEAK_MEMORY_MIB is what a container may have" if out_of_memory(baseline) else ""
        raise SourceError(f"{place}{failed.reason}{more}")
    described = baseline.described
    if described is None:
        raise PlatformError("the baseline ended without a description of its model")
    if described.task == "unreadable":
        what = "is fitted on rows that cannot be read one by one; arrays or a finite data set can"
        raise SourceError(f"{described.where}: {described.estimator} {what}", status="unsupported")


def _require_rows(described: Described) -> None:
    if described.rows is not None and round(described.rows * HOLDOUT) < FEWEST_HELD_OUT:
        what = f"{described.estimator} was trained, but the script evaluates no test data, and {described.rows} rows"
        raise SourceError(f"{described.where}: {what} are too few to set any aside for that", status="unsupported")


def _ungated(described: Described, metric: str) -> str | None:
    """Why the metric asked for cannot gate this model, and what would; None where it can."""
    if described.task in METRICS[metric].tasks:
        return None
    label = metric.replace("_", " ")
    return {
        "regression": f"predicts numbers, which have no {label}; --metric r2 --target 0.8 would gate it",
        "multilabel": f"is multi-label: a row has several labels, not one {label}; --metric f1_micro would gate it",
        "clustering": "clusters rows without labels: there is nothing to measure it against, and no gate",
        "classification": f"gives classes, which have no {label}; --metric accuracy would gate it",
    }[described.task]


def _refuse(baseline: Outcome, metric: str) -> NoReturn:
    """Say what was trained, what it scores, and what would gate it."""
    described, test = baseline.described, baseline.test
    assert described is not None
    scores = {test.metric: test.value, **test.also} if test else {}
    found = ", ".join(f"{name} {value:.4g}" for name, value in scores.items())
    measured = f" ({found} on {test.rows} test rows)" if test else ""
    what = f"{described.where}: {described.estimator} was trained{measured}; it {_ungated(described, metric)}"
    raise SourceError(what, status="unsupported")
