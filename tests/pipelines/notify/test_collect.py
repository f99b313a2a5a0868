"""From what a run knows to an event."""

from dataclasses import replace

import pytest

from pipelines.notify.collect import Notice
from pipelines.options import Plan
from pipelines.report import Report
from pipelines.search.loop import Result
from pipelines.sources.source import Source

PLAN = Plan(target=0.8, metric="accuracy", max_trials=40, timeout_s=1200, seed=0, name="wine")
PUSHED = Source("https://x@h/w.git", "w", commit="c" * 40, branch="main", author="Ada <a@b.org>", subject="Try it")


@pytest.fixture
def result(outcome, described):
    """Give a function that makes the end of a search from validation scores and what the confirmed tweak scored."""

    def make(validations, confirmed=None, stopped="the trials are spent", baseline=0.5):
        first = outcome(0, "baseline", test=baseline).model_copy(update={"described": described()})
        history = [first]
        for number, score in enumerate(validations, 1):
            failed = None if score is not None else "it does not fit"
            history.append(outcome(number, "search", {"C": float(number)}, validation=score, failed=failed))
        best = first
        if confirmed is not None:
            top = max((o for o in history if o.validation), key=lambda o: o.validation.value)
            history.append(outcome(len(history), "confirm", top.tweak, test=confirmed))
            best = max(first, history[-1], key=lambda o: o.test.value)
        return Result(first, best, tuple(history), best.test.value >= 0.8, stopped, 2)

    return make


def collected(result):
    """What a run would have gathered by its end."""
    notice = Notice("s1", PUSHED.given, source=PUSHED, plan=PLAN, result=result, look="autotweak ui")
    for outcome in result.history:
        notice.ended(outcome)
    return notice


def test_a_reached_target_as_an_event(result):
    """The numbers, the pushed commit, the tweak against what the script has, and the model."""
    facts = {"family": "sklearn", "kind": "classical", "entry": "train.py", "looks": 2}
    report = Report("reached", facts)
    event = collected(result([0.7, 0.9], confirmed=0.88)).event("reached", report, 5.0)
    assert (event.id, event.name, event.source) == ("s1-reached-0", "wine", "https://h/w.git")
    assert (event.branch, event.author, event.subject) == ("main", "Ada <a@b.org>", "Try it")
    assert event.found == "sklearn, classical, train.py"
    assert (event.baseline.value, event.best.value, event.best_validation) == (0.5, 0.88, 0.9)
    (change,) = event.changes
    assert (change.knob, change.before, change.after) == ("C", "1.0", "2.0")
    assert change.meaning == "Inverse strength of the regularisation."
    assert [(row.number, row.role, row.tweak) for row in event.trials][-1] == (3, "confirm", "C = 2.0")
    assert (event.reason, event.advice, event.run_url) == ("", (), "")


def test_a_failure_before_anything_is_known():
    """What was given and why it failed; nothing else is there to tell."""
    report = Report("failed", {"reason": "no such repository"})
    event = Notice("s1", "https://me:token@h/w.git").event("failed", report, 5.0)
    assert (event.name, event.reason, event.trials) == ("https://h/w.git", "no such repository", ())


def test_restarts_and_trials_of_a_failed_search_are_told(result, outcome):
    """A search that an error ended has its trials so far and the reasons of the restarts."""
    notice = replace(collected(result([0.7])), result=None)
    notice.restarted("out of memory", (1,))
    event = notice.event("failed", Report("failed", {"reason": "the sandbox died 3 times"}), 5.0)
    assert event.restarts == ("out of memory (during trial 1)",)
    assert event.baseline.value == 0.5
    assert len(event.trials) == 2


def test_a_score_in_another_metric_is_not_told_as_the_one_asked_for(result):
    """A regression that has no accuracy is reported with its R²; a mail would print that as a share."""
    ended = result([])
    odd = ended.baseline.test.model_copy(update={"metric": "r2"})
    notice = Notice("s1", PUSHED.given, source=PUSHED, plan=PLAN)
    notice.ended(ended.baseline.model_copy(update={"test": odd}))
    event = notice.event("failed", Report("unsupported", {"reason": "it predicts numbers"}), 5.0)
    assert event.baseline is None
    assert event.trials[0].test is None


def test_a_missed_target_says_why_and_what_would_help(result):
    """The score, the target, what ended the search, and the diagnosis of the report."""
    missed = collected(result([0.7, 0.75], confirmed=0.74))
    event = missed.event("not_reached", Report("not_reached", {"diagnosis": ["more rows"]}), 5.0)
    assert event.reason == (
        "The best tweak scored 74.0 % on test data; the target is 80.0 %. "
        "The search ended because the trials are spent."
    )
    assert event.advice == ("more rows",)
    worse = collected(result([0.4], confirmed=0.3)).event("not_reached", Report("not_reached"), 5.0)
    assert worse.reason.startswith("No tweak beat the script as written, which ")
