"""The search for one source that was read: the effects, in their order, from the sandbox to the registered model."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from pipelines import markdown
from pipelines.errors import AutotweakError, SourceError
from pipelines.inspection import Verdict
from pipelines.notify.collect import Notice
from pipelines.report import Report, gate_json, outcome_json
from pipelines.sandbox import Sandbox
from pipelines.search.diagnosis import diagnose, of_majority
from pipelines.search.log import SearchLog
from pipelines.search.loop import Result, Search
from pipelines.search.policy import Limits
from pipelines.searches import Asked
from pipelines.settings import MachineSettings
from pipelines.spool import Spool, read_output, read_plots
from pipelines.story import Story, gated, words
from pipelines.task import Task
from pipelines.tracking.earlier import BEST_TWEAK
from pipelines.tracking.tracker import ModelVersion, Tracker
from pipelines.tracking.writer import Writer


def search_source(
    task: Task,
    asked: Asked,
    machine: MachineSettings,
    story: Story,
    report: Report,
    spool: Spool,
    notice: Notice,
    log: SearchLog,
    started: Callable[[], None],
    box: Sandbox,
) -> None:
    """Search, or go on with it where ``log`` has something of an earlier driver; ``report`` says how it went.

    ``started`` is called when the run is open. The sandbox ``box`` is stopped when trials are over.

    Raises:
        AutotweakError: what it says; ``report`` holds what was known by then, and the runs are closed.
    """
    tracker, options = Tracker(machine.home), asked.options
    plan, verdict = task.plan, task.verdict
    report.facts |= {"sandbox": box.kind, "environment_digest": task.environment.digest}
    tracker.start(
        plan.name,
        f"search {plan.name}",
        tags={**task.tags(box.kind), "search": asked.search, "gpu": box.gpu.said if box.gpu else ""},
        params=task.params(),
        reproduce=task.reproduce(),
        given=asked.run_id,
        resumed=log.taken_over is not None,
    )
    report.facts["search_run_id"] = tracker.run_id
    slots = len(box.gpu.places) if box.gpu else options.slots
    limits = Limits(plan.target, plan.max_trials, slots, plan.metric)
    notice.tracker, notice.look = tracker, ui_hint(tracker)
    started()
    writer = Writer(tracker)
    search = Search(
        task.template(),
        limits,
        plan.timeout_s,
        spool,
        box,
        [story, writer, notice],
        log=log,
        previous=lambda: tracker.previous_best(task.source),
    )
    story.begin(plan.max_trials, plan.timeout_s - log.spent_s)
    try:
        with writer:
            result = search.run()
    except BaseException as error:
        _count(report, search)
        _measured_all_the_same(report, search)
        _abandon(tracker, search, spool, error)
        raise
    finally:
        box.stop()
        story.end()
    _count(report, search)
    diagnosis = [] if result.reached else _diagnosis(verdict, result, limits)
    version = _conclude(tracker, spool, result, diagnosis, task, options.promote)
    notice.result = result
    report.status = "reached" if result.reached else "not_reached"
    report.facts |= {
        "baseline": outcome_json(result.baseline, result.validation_of(result.baseline)),
        "best": outcome_json(result.best, result.validation_of(result.best)),
        "gate": gate_json(result.baseline.described),
        "diagnosis": diagnosis,
        "looks": result.looks,
        "stopped": result.stopped,
        "model": version.__dict__ if version else None,
    }
    said = of_majority(result.best.test, plan.target) if result.best.test else None
    if diagnosis or said:
        report.facts["reason"] = "; ".join(diagnosis or filter(None, [said]))
    story.result(result, limits, diagnosis, version, ui_hint(tracker))


def tell_no_environment(
    machine: MachineSettings, task: Task, asked: Asked, log: SearchLog, error: AutotweakError
) -> str:
    """Keep the words of the installer on the search's run; its identifier."""
    tracker = Tracker(machine.home)
    tracker.start(
        task.plan.name,
        f"search {task.plan.name}",
        tags={**task.tags(asked.options.sandbox), "search": asked.search},
        params=task.params(),
        reproduce=task.reproduce(),
        given=asked.run_id,
        resumed=log.taken_over is not None,
    )
    tracker.log("environment.log", error.log)
    tracker.finish({}, {"status": "failed", "reason": str(error)}, f"**Failed.** {error}", "FAILED")
    return tracker.run_id


def ui_hint(tracker: Tracker) -> str:
    """Where to look: the search's page, or the command that shows a local store on this machine."""
    if tracker.given:
        return tracker.page() or f"mlflow ui --backend-store-uri {tracker.uri}"
    program = Path(sys.argv[0])
    if program.name != "autotweak":
        return f"{sys.executable} -m pipelines ui"
    found = shutil.which("autotweak")
    called = found is not None and Path(found).resolve() == program.resolve()
    return "autotweak ui" if called else f"{os.path.relpath(program)} ui"


def _count(report: Report, search: Search) -> None:
    report.facts |= {
        "trials": len(search.history),
        "failed_trials": sum(o.failed is not None for o in search.history),
        "fit_seconds": round(sum(o.fit_seconds for o in search.history), 3),
    }


def _diagnosis(verdict: Verdict, result: Result, limits: Limits) -> list[str]:
    """Why the target was missed, and what would help."""
    found = diagnose(verdict.family, result.baseline, result.best, result.history, limits, result.stopped)
    said = of_majority(result.best.test, limits.target) if result.best.test else None
    trivial = [f"the best model is {said}"] if said and result.best.test and result.best.test.trivial else []
    return [*trivial, *found]


def _measured_all_the_same(report: Report, search: Search) -> None:
    """The baseline of a search that ends without a gate: what it scores is known, and is said."""
    baselines = [o for o in search.history if o.role == "baseline" and o.described is not None]
    if baselines:
        report.facts |= {"baseline": outcome_json(baselines[-1], None), "gate": gate_json(baselines[-1].described)}


def _abandon(tracker: Tracker, search: Search, spool: Spool, error: BaseException) -> None:
    """Close the runs of a search that an error ended; the error itself is more important than that."""
    try:
        for outcome in search.history:
            if outcome.failed is not None:
                tracker.output(outcome.trial, read_output(spool.paths.trial(outcome.trial)))
        reason = str(error) or type(error).__name__
        ungated = isinstance(error, SourceError) and error.status == "unsupported"
        left = not isinstance(error, Exception)  # by Ctrl-C, or told to end: it can be resumed
        status = "KILLED" if left else "FINISHED" if ungated else "FAILED"
        named = "interrupted" if left else "unsupported" if ungated else "failed"
        tracker.finish({}, {"status": named, "reason": reason}, f"**{named.capitalize()}.** {reason}", status)
    except AutotweakError:
        pass


def _conclude(
    tracker: Tracker,
    spool: Spool,
    result: Result,
    diagnosis: list[str],
    task: Task,
    promote: bool,
) -> ModelVersion | None:
    best, plan, source = result.best, task.plan, task.source
    for outcome in result.history:
        paths = spool.paths.trial(outcome.trial)
        if outcome.failed is not None or outcome.role != "search":
            tracker.output(outcome.trial, read_output(paths))
        if outcome.role != "search":
            tracker.plots(outcome.trial, read_plots(paths))
    folder = spool.model_folder(best.trial) if result.reached and best.saved else None
    test, described = best.test, best.described
    assert test is not None
    assert described is not None
    tags = {
        "source": source.pinned,
        "source_commit": source.commit or "",
        "data_fingerprint": described.data_fingerprint,
        f"test_{plan.metric}": f"{test.value:.4f}",
        "test_interval": f"{test.interval[0]:.4f} to {test.interval[1]:.4f}",
        "test_rows": str(test.rows),
        "tweak": words(best.tweak),
        "target": f"{plan.metric} {plan.target:g}",
    }
    tags = {key: value for key, value in tags.items() if value}
    note = markdown.of_version(result, task)
    version = tracker.winner(best, described.summary, folder, plan.name, promote, tags, note)
    baseline = result.baseline.test
    metrics = {
        f"best_test_{plan.metric}": test.value,
        "test_looks": float(result.looks),
        "trials": float(len(result.history)),
    }
    if baseline is not None:
        metrics[f"baseline_test_{plan.metric}"] = baseline.value
    validation = result.validation_of(best)
    if validation is not None:
        metrics[f"best_validation_{plan.metric}"] = validation
    status = "reached" if result.reached else "not_reached"
    ending = {"status": status, "stopped": result.stopped, "gate": gated(result.baseline.described) or ""}
    ending[BEST_TWEAK] = json.dumps(best.tweak, sort_keys=True)
    tracker.finish(
        metrics,
        ending,
        markdown.of_search(result, diagnosis, task, version),
        when=result.time,
        outcome=markdown.in_short(result, plan.metric),
    )
    return version
