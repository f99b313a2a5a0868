"""What to do next in a search: a pure decision over what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from statistics import fmean

from mlprojects.contract.metrics import METRICS
from mlprojects.contract.trial import Tweak
from pipelines.facts import Evaluated, Outcome

HOPELESS = 4
"""Search trials that all failed: the tweaks are not what is wrong."""
TOO_LONG = 3
"""The last search trials that all failed for want of time: no other tweak is going to fit into what is left of it."""
CHANCE = 15
"""Search trials none of which is clearly better than always giving one answer: no tweak is going to be."""

QUICK_S = 10.0
"""A trial that takes no longer is begun at once when another ends: what the other would have told is little."""
CLEARLY_LOWER = 0.7
"""A loss at most this share of another's is lower by more than what another split would give."""
REPEAT = "repeat"
"""The origin of a trial that runs a tweak once more."""
MOST_SEEN = 3
"""Trials of one tweak in all: what three splits say alike is no luck of the validation rows."""
NORMAL_95 = 1.96
"""Standard errors in half an interval of 95 %."""


@dataclass(frozen=True)
class Limits:
    """The target, and the budget: ``max_trials`` counts every time the script runs, the baseline too."""

    target: float
    max_trials: int
    slots: int = 1
    metric: str = "accuracy"

    def reached(self, score: Evaluated | None) -> bool:
        """Whether a score is at the target; for an error at the target or below."""
        if score is None or score.metric != self.metric:
            return False
        return METRICS[self.metric].reached(score.value, self.target)


@dataclass(frozen=True)
class Try:
    """Run a new tweak with validation rows held out."""


@dataclass(frozen=True)
class Repeat:
    """Run a tweak again with another seed, so that other validation rows are held out and weights begin otherwise."""

    tweak: Tweak


@dataclass(frozen=True)
class Confirm:
    """Run a tweak on all its training rows and look at its test score."""

    tweak: Tweak


@dataclass(frozen=True)
class Wait:
    """Nothing to start; something is under way."""


@dataclass(frozen=True)
class Stop:
    """The search is over."""

    reason: str


Step = Try | Repeat | Confirm | Wait | Stop


def decide(
    history: Sequence[Outcome],
    proving: bool,
    pending: int,
    limits: Limits,
    out_of_time: bool,
    exhausted: bool,
    climbing: bool = True,
) -> Step:
    """The next step.

    A test score is looked at only for a tweak whose validation score reached the target and beat every
    tweak looked at before, or, when the budget is spent, for the best one. One trial of the budget is kept
    for that look. A validation score that is at the target by less than its own error is not believed before it was
    seen twice: the best of many scores is lucky, and a look that luck has led to is lost. One whose look has failed
    within what chance does is seen again as well: as long as a lucky score stands, none that is true comes up to it.

    Args:
        history: trials that have ended, the baseline included.
        proving: whether a tweak is being repeated or confirmed.
        pending: how many trials are under way.
        limits: target and budget.
        out_of_time: the time budget is spent.
        exhausted: there is no new tweak to try.
        climbing: the next tweak depends on how the last one did.
    """
    confirmed = [o for o in history if o.role == "confirm"]
    if any(limits.reached(o.test) for o in confirmed):
        return Stop("reached")
    if proving:
        return Wait()
    left = limits.max_trials - len(history) - pending
    candidate = best_unconfirmed(history)
    if candidate is not None and left > 0 and limits.reached(candidate.validation):
        return (
            Repeat(candidate.tweak) if left > 1 and _doubtful(candidate, history, limits) else Confirm(candidate.tweak)
        )
    hopeless = hopeless_reason(history)
    spent = _spent(left, out_of_time or _too_long(history), exhausted, hopeless, at_chance(history))
    if spent is None:
        lucky = _lucky(history, limits) if left > 2 else None
        if lucky is not None:
            return Repeat(lucky.tweak)
        ahead = 0 if climbing or not _quick(history) else 1
        return Try() if pending < limits.slots + ahead else Wait()
    if pending:
        return Wait()
    if candidate is not None and left > 0 and _beats_reference(candidate, history):
        return Confirm(candidate.tweak)
    return Stop(spent)


def _spent(left: int, out_of_time: bool, exhausted: bool, hopeless: str | None, chance: bool) -> str | None:
    if hopeless is not None:
        return f"every trial failed: {hopeless}"
    if chance:
        return "no tweak is better than chance"
    if out_of_time:
        return "the time is spent"
    if left <= 1:
        return "the trials are spent"
    return "every tweak was tried" if exhausted else None


def _quick(history: Sequence[Outcome]) -> bool:
    """Whether the last trials were so short that a slot would wait for its driver a good part of the time."""
    return all(outcome.seconds <= QUICK_S for outcome in history[-5:])


def _too_long(history: Sequence[Outcome]) -> bool:
    last = [o.failed for o in history if o.role == "search"][-TOO_LONG:]
    return len(last) == TOO_LONG and all(failed is not None and failed.cause == "too_long" for failed in last)


def hopeless_reason(history: Sequence[Outcome]) -> str | None:
    """The last failure, where the first trials of the search all failed."""
    tried = [o for o in history if o.role == "search"]
    if len(tried) < HOPELESS or any(o.failed is None for o in tried):
        return None
    failed = tried[-1].failed
    return failed.reason if failed else None


def at_chance(history: Sequence[Outcome]) -> bool:
    """Whether none of many search trials is clearly better than a model that has learnt nothing.

    Clearly: beyond the interval of the best validation score. The best of many scores of chance lies high in
    its interval, so that a real gain, however small, is not mistaken for chance for long.
    """
    scored = [o.validation for o in history if o.role == "search" and o.validation is not None]
    if len(scored) < CHANCE:
        return False
    best = max(scored, key=lambda score: score.gain)
    level = chance_level(best)
    return level is not None and best.interval[0] <= level


def chance_level(score: Evaluated) -> float | None:
    """What a model that has learnt nothing scores; None where that is not known."""
    if score.metric == "r2":
        return 0.0
    if score.majority is None:
        return None
    return {"accuracy": score.majority.share}.get(score.metric)


def best_unconfirmed(history: Sequence[Outcome]) -> Outcome | None:
    """The search trial with the best validation score, if it beats all whose test score was looked at.

    A loss that is lower by far beats as well: few rows may score 100 % by chance, and a lucky tweak, once looked at,
    must not bar sounder ones. Each such look asks for a lower loss than the one before, so that there are few.
    """
    scored = settled(history)
    looked = {o.key for o in history if o.role == "confirm"}
    seen = [o for o in scored if o.key in looked]
    # The empty tweak's test score is the baseline's: looking again would tell nothing.
    fresh = [o for o in scored if o.tweak and o.key not in looked]
    return max((o for o in fresh if all(_beats(o, other) for other in seen)), key=attrgetter("merit"), default=None)


def settled(history: Sequence[Outcome]) -> list[Outcome]:
    """The search trials with a validation score, one for each tweak: of one that was repeated the mean score counts."""
    scored = [o for o in history if o.role == "search" and o.validation is not None]
    twice = {o.key for o in scored if o.origin == REPEAT}
    found = [o for o in scored if o.key not in twice]
    return [*found, *(_mean([o for o in scored if o.key == key]) for key in sorted(twice))]


def _mean(outcomes: Sequence[Outcome]) -> Outcome:
    """The first of several trials of one tweak, with the mean of their scores, of their intervals and their losses."""
    scores = [o.validation for o in outcomes if o.validation is not None]
    low, high = (fmean(score.interval[end] for score in scores) for end in (0, 1))
    changes = {"value": fmean(score.value for score in scores), "interval": (low, high)}
    losses = [o.loss for o in outcomes if o.loss is not None]
    loss = fmean(losses) if losses else None
    return outcomes[0].model_copy(update={"validation": scores[0].model_copy(update=changes), "loss": loss})


def _doubtful(candidate: Outcome, history: Sequence[Outcome], limits: Limits) -> bool:
    """Whether a score is at the target by less than one standard error, and was seen once only."""
    score = candidate.validation
    assert score is not None
    if any(o.origin == REPEAT and o.key == candidate.key for o in history):
        return False
    error = abs(score.interval[1] - score.interval[0]) / (2 * NORMAL_95)
    return score.gain - error < METRICS[limits.metric].gain(limits.target)


def _lucky(history: Sequence[Outcome], limits: Limits) -> Outcome | None:
    """A tweak at the target by validation and not by test, where the rows may be all that the two scores differ by.

    The script as written is one: its test score is the baseline's.
    """
    tests = {o.key: o.test for o in history if o.role != "search" and o.test is not None}
    for outcome in settled(history):
        test, score = tests.get(outcome.key), outcome.validation
        assert score is not None
        if test is None or limits.reached(test) or not limits.reached(score):
            continue
        seen = sum(o.role == "search" and o.key == outcome.key for o in history)
        alike = score.interval[0] <= test.interval[1] and test.interval[0] <= score.interval[1]
        if alike and seen < MOST_SEEN:
            return outcome
    return None


def _beats(candidate: Outcome, other: Outcome) -> bool:
    if value(candidate) > value(other) or candidate.loss is None or other.loss is None:
        return value(candidate) > value(other)
    return 0 <= candidate.loss < CLEARLY_LOWER * other.loss


def value(outcome: Outcome) -> float:
    """The validation score of a trial that has one, turned so that more is better."""
    assert outcome.validation is not None
    return outcome.validation.gain


def _beats_reference(candidate: Outcome, history: Sequence[Outcome]) -> bool:
    written = [value(o) for o in settled(history) if not o.tweak]
    return value(candidate) > max(written, default=-float("inf"))
