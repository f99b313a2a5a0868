"""Why a search missed its target, and what would help: pure, from the search's own numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipelines.facts import Evaluated, Outcome
from pipelines.options import Plan
from pipelines.search import Result
from pipelines.story import percent

LATE = 2 / 3
"""A best score found after this share of the trials says that the search was still getting better."""
FEW = 10
"""Fewer tweaks than this say little about what tweaks can do."""


def why_missed(result: Result, plan: Plan) -> str:
    """The miss in one sentence."""
    test = result.best.test
    assert test is not None
    who = "No tweak beat the script as written, which" if result.best is result.baseline else "The best tweak"
    missed = f"{100 * (plan.target - test.value):.1f} points below the target"
    return f"{who} scored {percent(test.value)} on test data, {missed}. The search ended because {result.stopped}."


def advice(result: Result, plan: Plan, family: str) -> tuple[str, ...]:
    """What would help, what is most likely to first."""
    tried = [outcome for outcome in result.history if outcome.role == "search"]
    best = result.best.test
    found = [
        _overfitted(result, plan),
        _budget(result, plan, tried),
        _failures(tried),
        _uncertain(best, plan) if best else None,
    ]
    if family == "sklearn" and result.stopped == "every tweak was tried":
        found.append("Name estimators that may stand in for the script's own in autotweak.yaml (estimators: [...]).")
    return tuple(text for text in found if text)


def _overfitted(result: Result, plan: Plan) -> str | None:
    for outcome in result.history:
        validation = result.validation_of(outcome)
        if outcome.role == "confirm" and outcome.test and validation is not None and validation >= plan.target:
            scores = f"{percent(validation)} on validation rows but {percent(outcome.test.value)} on test rows"
            return (
                f"A tweak scored {scores}: the two differ in more than chance, or there are few rows. More data helps."
            )
    return None


def _budget(result: Result, plan: Plan, tried: Sequence[Outcome]) -> str | None:
    scored = [(outcome.validation.value, place) for place, outcome in enumerate(tried, 1) if outcome.validation]
    if not scored:
        return None
    place = max(scored, key=lambda pair: (pair[0], -pair[1]))[1]
    bigger = {
        "the trials are spent": f"--max-trials {2 * plan.max_trials} (it was {plan.max_trials})",
        "the time is spent": f"--timeout {2 * plan.timeout_s / 60:.0f}m (it was {plan.timeout_s / 60:.3g} minutes)",
    }.get(result.stopped)
    if bigger and len(tried) < FEW:
        return f"Only {len(tried)} tweaks were tried: try a bigger budget, {bigger}."
    if bigger and place > LATE * len(tried):
        rising = f"The score was still rising (tweak {place} of {len(tried)} was the best)"
        return f"{rising}: try a bigger budget, {bigger}."
    known = f"Tweak {place} of {len(tried)} was the best and nothing after it beat it"
    if not bigger:
        known = f"All {len(tried)} tweaks that fit this model were tried"
    return f"{known}: more or better features, more data, or another kind of model would help more than more trials."


def _failures(tried: Sequence[Outcome]) -> str | None:
    reasons = Counter(outcome.failed.reason for outcome in tried if outcome.failed)
    if 4 * reasons.total() < len(tried) or not reasons:
        return None
    reason, times = reasons.most_common(1)[0]
    return f"{reasons.total()} of {len(tried)} tweaks failed, {times} of them with: {reason}"


def _uncertain(test: Evaluated, plan: Plan) -> str | None:
    low, high = test.interval
    if high < plan.target:
        return None
    spread = f"between {percent(low)} and {percent(high)}"
    return f"With {test.rows} test rows the score is only known to lie {spread}: more test rows would decide."
