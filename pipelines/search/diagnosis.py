"""Why a target was missed, and what would help: words from facts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from mlprojects.contract.knobs import ESTIMATORS, Choice, LogRange, Multiples, knobs_for
from mlprojects.contract.metrics import METRICS
from mlprojects.contract.trial import KnobValue
from pipelines.facts import Described, Evaluated, Outcome
from pipelines.search.policy import Limits, at_chance, chance_level

FEW_ROWS = 200
LATE = 0.75
"""A best trial in the last quarter of the search says that more of them may find a better one."""
EDGE = 1.1
"""A value within 10 % of the end of its range is at the end."""
LINEAR = (
    "BernoulliNB",
    "ComplementNB",
    "GaussianNB",
    "LinearDiscriminantAnalysis",
    "LinearSVC",
    "LogisticRegression",
    "MultinomialNB",
    "NearestCentroid",
    "PassiveAggressiveClassifier",
    "Perceptron",
    "RidgeClassifier",
    "SGDClassifier",
)
BETTER = ("RandomForestClassifier", "HistGradientBoostingClassifier", "SVC")


def shown(metric: str, number: float | None) -> str:
    """``0.6852`` as ``68.5 %`` where the metric is a share, else the number; a dash for nothing."""
    if number is None:
        return "–"
    return f"{100 * number:.1f} %" if METRICS[metric].share else f"{number:.4g}"


def of_majority(test: Evaluated, target: float) -> str | None:
    """What is to be said of an accuracy that needs no learning, or of a target that needs none."""
    common = test.majority
    if common is None or test.metric != "accuracy":
        return None
    always = f"always answering {common.label} ({shown(test.metric, common.share)})"
    ask = "--metric balanced_accuracy or f1_macro asks more"
    if test.trivial:
        return f"no better than {always}" + (f"; {ask}" if common.share >= target else "")
    return f"{always} would reach the target as well; {ask}" if common.share >= target else None


def diagnose(
    family: str, baseline: Outcome, best: Outcome, history: Sequence[Outcome], limits: Limits, stopped: str
) -> list[str]:
    """Why the target was missed and what would help, the most telling first.

    Args:
        family: sklearn or keras.
        baseline: the script as written.
        best: the outcome with the best test score.
        history: all trials.
        limits: target and budget.
        stopped: why the search ended.
    """
    described = baseline.described
    assert described is not None
    searched = [o for o in history if o.role == "search"]
    scored = [o for o in searched if o.validation is not None]
    top = max(scored, key=lambda o: o.merit, default=None)  # the first of equals: what was tried since adds nothing
    chance = _chance(top, searched, described, limits)
    lines = [
        _failures(searched),
        chance,
        _other_estimator(family, best, described),
        *described.hints,
        _unsteady(top, best, limits),
        _interval(best, limits),
        None if chance else _edge(family, top, described),  # which of the useless tweaks was best says nothing
        _rows(described),
        _budget(stopped, top, searched, limits),
    ]
    return [line for line in lines if line] or [f"{described.estimator} has no knob that makes it good enough"]


def _failures(searched: Sequence[Outcome]) -> str | None:
    failed = [o.failed.reason for o in searched if o.failed is not None]
    if not failed:
        return None
    common = max(set(failed), key=failed.count)
    if len(failed) == len(searched):
        return f"every trial of the search failed: {common}"
    return f"{len(failed)} of {len(searched)} trials failed: {common}" if 2 * len(failed) > len(searched) else None


def _chance(top: Outcome | None, searched: Sequence[Outcome], described: Described, limits: Limits) -> str | None:
    if top is None or top.validation is None:
        return None
    level = chance_level(top.validation)
    if level is None or top.validation.interval[0] > level:
        return None
    what = "learning nothing"
    if top.validation.majority is not None:
        what = f"always answering {top.validation.majority.label}"
    tried = f"{len(searched)} tweaks" if at_chance(searched) else "the tweaks tried"
    linear = described.estimator.split(" > ")[-1] in LINEAR
    blind = "; it is linear, and blind to what only several of them together tell" if linear else ""
    return (
        f"none of {tried} validates clearly better than {what} ({shown(limits.metric, level)}): "
        f"{described.estimator} finds nothing in these features that tells the target{blind}; "
        "check that labels and rows belong together, or bring other features"
    )


def _other_estimator(family: str, best: Outcome, described: Described) -> str | None:
    names = described.estimator.split(" > ")
    if family != "sklearn" or described.alternatives or "estimator" in best.tweak:
        return None
    if described.task != "classification" or any(name.endswith("SearchCV") for name in names):
        return None
    others = [name for name in BETTER if name not in names and name in ESTIMATORS]
    ask = f"`estimators: [{', '.join(others)}]` in autotweak.yaml lets others stand in"
    if names[-1] in LINEAR:
        return f"{names[-1]} tells classes apart by one weighted sum of the features; where that is too simple, {ask}"
    return f"another estimator may fit this data better than {names[-1]}: {ask}"


def _unsteady(top: Outcome | None, best: Outcome, limits: Limits) -> str | None:
    if top is None or best.test is None or not limits.reached(top.validation) or limits.reached(best.test):
        return None
    found, test = shown(limits.metric, top.validation.value if top.validation else None), best.test
    return (
        f"the target is reached on validation rows ({found}) but not on the test rows "
        f"({shown(limits.metric, test.value)}): these differ from the training rows, or are too few to tell"
    )


def _interval(best: Outcome, limits: Limits) -> str | None:
    test = best.test
    if test is None or not test.interval[0] <= limits.target <= test.interval[1]:
        return None
    low, high = (shown(limits.metric, end) for end in test.interval)
    return f"{test.rows} test rows cannot tell {low} from {high}, and the target lies between: evaluate more rows"


def _edge(family: str, top: Outcome | None, described: Described) -> str | None:
    table = knobs_for(family, described.estimator)
    for name, tried in (top.tweak if top else {}).items():
        end = _end(table[name].domain, tried, described.knobs.get(name)) if name in table else None
        if end:
            return f"{name} = {tried} did best and is the {end} that is tried: write a value beyond it in the script"
    return None


def _end(domain: object, tried: KnobValue, written: KnobValue) -> str | None:
    if not isinstance(tried, int | float) or isinstance(tried, bool):
        return None
    if isinstance(domain, LogRange):
        return "most" if tried * EDGE >= domain.high else "least" if tried <= domain.low * EDGE else None
    if isinstance(domain, Multiples) and isinstance(written, int):
        return "most" if tried >= min(domain.high, written * max(domain.factors)) > written else None
    if isinstance(domain, Choice):
        numbers = [v for v in domain.values if isinstance(v, int | float) and not isinstance(v, bool)]
        return "most" if len(numbers) > 3 and tried == max(numbers) else None
    return None


def _rows(described: Described) -> str | None:
    if described.rows is None or described.rows >= FEW_ROWS:
        return None
    return f"there are {described.rows} training rows; more of them help most models more than any tweak"


def _budget(stopped: str, top: Outcome | None, searched: Sequence[Outcome], limits: Limits) -> str | None:
    ask = {
        "the trials are spent": f"--max-trials {2 * limits.max_trials}",
        "the time is spent": "a longer --timeout",
    }.get(stopped)
    if ask is None:
        return None
    late = top is not None and searched.index(top) >= LATE * len(searched) > 3
    return f"{stopped}{', and the best tweak came late' if late else ''}: {ask} looks further"
