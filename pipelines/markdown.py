"""What MLflow's pages say of a search, and of the version that came of it: Markdown, the most important line first."""

from __future__ import annotations

from pipelines.search.diagnosis import shown
from pipelines.search.loop import Result
from pipelines.story import gated, measured, words
from pipelines.task import Task
from pipelines.tracking.tracker import ModelVersion


def in_short(result: Result, metric: str) -> str:
    """What came of a search, for its run's name: ``68.5 % → 98.1 %``."""
    tests = [result.baseline.test, None if result.best is result.baseline else result.best.test]
    return " → ".join(shown(metric, test.value) for test in tests if test is not None)


def of_search(result: Result, diagnosis: list[str], task: Task, version: ModelVersion | None) -> str:
    """The description of a search's run. A page shows its first lines, and the rest when asked."""
    plan, best, verdict = task.plan, result.best, task.verdict
    why = "" if result.reached else f" ({result.stopped})"
    ending = "reached" if result.reached else "not reached"
    lines = [f"**Target {shown(plan.metric, plan.target)} {plan.metric}: {ending}**{why}"]
    if version is not None:
        alias = f", alias `{version.alias}`" if version.alias else ""
        lines[0] += f", registered as **{version.name}** version {version.version}{alias}"
    lines += ["", "| | test | tweak |", "| --- | --- | --- |"]
    lines.append(f"| baseline | {measured(result.baseline.test)} | as written |")
    if best is not result.baseline:
        lines.append(f"| winner | {measured(best.test)} | {words(best.tweak)} |")
    counted = gated(result.baseline.described)
    lines += ["", f"{counted}."] if counted else []
    lines += ["", "Why, and what would help:", "", *(f"- {line}" for line in diagnosis)] if diagnosis else []
    lines += ["", f"{len(result.history)} trials; the test data was looked at {result.looks} times.", ""]
    lines += [f"Source `{task.source.pinned}`, {verdict.family} ({verdict.kind}), entry `{verdict.entry}`:", ""]
    lines += [f"- `{item.file}:{item.line}` `{item.text}`" for item in verdict.evidence]
    return "\n".join([*lines, "", *_reproduce(task)])


def of_version(result: Result, task: Task) -> str:
    """The description of a registered version; lists of versions show its first line."""
    best, metric = result.best, task.plan.metric
    tweak = f"with {words(best.tweak)}" if best.tweak else "as written"
    lines = [f"{shown(metric, best.test.value if best.test else None)} {tweak}.", ""]
    lines.append(f"Test {metric} {measured(best.test)}.")
    if best is not result.baseline:
        lines += ["", f"As written {measured(result.baseline.test)}."]
    lines += ["", f"Source `{task.source.pinned}`."]
    return "\n".join([*lines, "", *_reproduce(task)])


def _reproduce(task: Task) -> list[str]:
    return [f"The same search again: `{task.reproduce()}`"]  # not as a block: MLflow's page grows as wide as its line
