"""One search: the baseline, then trials until the target is confirmed or the budget is spent."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from statistics import median
from typing import Any

from mlprojects.contract.curves import LEAST, Pace
from mlprojects.contract.trial import Role, TrialSpec, Tweak
from pipelines import restarts
from pipelines.facts import Outcome
from pipelines.sandbox import Sandbox
from pipelines.search.baseline import run_baseline
from pipelines.search.log import Ended, Exhausted, Inherited, SearchLog, Stopped, Submitted
from pipelines.search.policy import REPEAT, Confirm, Limits, Repeat, Step, Stop, Try, Wait, decide, settled
from pipelines.search.space import build_space, lighter
from pipelines.search.suggester import Suggester, Suggestion
from pipelines.search.trials import Trials, Watcher
from pipelines.spool import Spool

MOST_OF_TIME = 0.15
"""No tweak is tried that would fit longer than this share of the time."""
RECENT = 200
"""Trials that a new one is compared with: the latest, so that what a trial costs does not grow with their number."""
PATIENCE, PATIENCE_S = 20.0, 10.0
"""A trial without epochs is given up after so many times what the others took (their median), and so many seconds."""


@dataclass(frozen=True)
class Result:
    """How a search ended."""

    baseline: Outcome
    best: Outcome
    """The outcome whose test score is the best one looked at: the baseline's or a confirmed tweak's."""
    history: tuple[Outcome, ...]
    reached: bool
    stopped: str
    looks: int
    time: float = 0.0
    """When it was decided to stop, in seconds since the epoch."""

    def validation_of(self, outcome: Outcome) -> float | None:
        """The validation score of the same tweak in its search trial; of one that was repeated the mean."""
        found = [o.validation.value for o in settled(self.history) if o.tweak == outcome.tweak and o.validation]
        return found[-1] if found else None


@dataclass(frozen=True)
class Retry:
    """Run a tweak again that ran out of memory, or one like it."""

    role: Role
    tweak: Tweak
    origin: str


class Search:
    """Decides which trials one source has. With a log that is not empty it goes on where that ends."""

    def __init__(
        self,
        template: TrialSpec,
        limits: Limits,
        timeout_s: float,
        spool: Spool,
        sandbox: Sandbox,
        watchers: list[Watcher],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        log: SearchLog | None = None,
        previous: Callable[[], Tweak] = dict,
    ) -> None:
        """Make a search that has not begun.

        Args:
            template: what all its trials have in common.
            limits: target and budget.
            timeout_s: the time budget.
            spool: its folder.
            sandbox: what its trials run in.
            watchers: who is told.
            clock: seconds, monotonic.
            sleep: waits so many seconds.
            log: what its drivers have decided so far.
            previous: the best tweak of the previous search of the source, asked for once; empty where there is none.
        """
        self.template, self.limits = template, limits
        self.log = log or SearchLog()
        self.trials = Trials(timeout_s, spool, sandbox, watchers, self.log, clock, sleep)
        self._previous = previous
        self._exhausted = False
        self._answered: set[int] = set()

    @property
    def history(self) -> list[Outcome]:
        """Trials that have ended, in that order."""
        return self.trials.history

    def run(self) -> Result:
        """Run to the end.

        Raises:
            SourceError: the script as written does not train a model that can be measured.
            PlatformError: the sandbox died again and again.
        """
        baseline = run_baseline(self, self.limits.max_trials)
        self.history[-1] = baseline
        if self.limits.reached(baseline.test):
            return self._result(baseline, "reached")
        assert baseline.described is not None
        # Of all the time, not of what is left: another driver has to find the same space.
        longer = self.trials.timeout_s * MOST_OF_TIME / max(baseline.fit_seconds, 1e-3)
        space = build_space(self.template.family, baseline.described, longer)
        suggester = Suggester(space, self.template.seed, self._inherited())
        while True:
            match self._step(suggester):
                case Stop(reason=reason):
                    return self._result(baseline, reason)
                case Repeat(tweak=tweak):
                    seen = sum(o.role == "search" and o.tweak == tweak for o in self.history)
                    self._submit("search", tweak, REPEAT, self._patience_s, seed=self.template.seed + seen)
                case Confirm(tweak=tweak):
                    self._confirm(tweak, "confirm")
                case Retry(role="confirm", tweak=tweak, origin=origin):
                    self._confirm(tweak, origin)
                case Retry(tweak=tweak, origin=origin):
                    suggester.take(tweak)
                    self._submit("search", tweak, origin, self._left_s)
                case Try():
                    self._try(suggester)
                case _:
                    for outcome in self.trials.wait():
                        if outcome.role == "search":
                            suggester.tell(outcome.tweak, outcome.merit if outcome.validation else None)

    def run_one(self, role: Role, tweak: Tweak, save_model: str) -> Outcome:
        """One trial, alone, to its end; again for as long as it runs out of memory and there is more for it."""
        origin: str = role
        while True:
            self._submit(role, tweak, origin, self._left_s, save_model)
            (outcome,) = self.trials.wait()
            self.trials.repeat_restarts()
            origin = restarts.MORE.format(outcome.trial)
            if self.log.steps:
                again = self._next_is(origin)
            else:
                left = self.trials.next_number < self.limits.max_trials
                again = left and restarts.out_of_memory(outcome) and self.trials.grow(outcome.trial)
            if not again:
                return outcome

    def _inherited(self) -> Tweak:
        """The best tweak of the previous search: the one that an earlier driver has found, else asked for."""
        self.trials.repeat_restarts()
        if self.log.steps:
            done = self.log.take(Inherited) if isinstance(self.log.steps[0], Inherited) else None
            return done.tweak if done is not None else {}
        tweak = self._previous()
        if tweak:
            self.trials.go_on()
            self.log.append(Inherited, tweak=tweak)
        return tweak

    # -- what is next -------------------------------------------------------------------------------------

    def _step(self, suggester: Suggester) -> Step | Retry:
        """What an earlier driver did next; where nothing is left of that, what is to be done now."""
        self.trials.repeat_restarts()
        while self.log.steps and isinstance(self.log.steps[0], Exhausted):
            self.log.take(Exhausted)
            self._exhausted = True
        match self.log.steps[0] if self.log.steps else None:
            case Submitted(spec=spec, origin=origin) if (answered := restarts.answered(origin)) is not None:
                self._answered.add(answered)
                return Retry(spec.role, spec.tweak, origin)
            case Submitted(spec=spec, origin=origin) if origin == REPEAT:
                return Repeat(spec.tweak)
            case Submitted(spec=spec):
                return Confirm(spec.tweak) if spec.role == "confirm" else Try()
            case Ended():
                return Wait()
            case Stopped(reason=reason):
                return Stop(reason)
        pending, climbing = self.trials.pending, suggester.climbs(self._best_tweak())
        proving = any(trial.spec.role == "confirm" or trial.origin == REPEAT for trial in pending.values())
        spent = self.trials.remaining_s <= 0
        return self._retry(suggester) or decide(
            self.history, proving, len(pending), self.limits, spent, self._exhausted, climbing
        )

    def _retry(self, suggester: Suggester) -> Retry | None:
        """Another trial for one that ran out of memory: with more of it, or with a tweak that needs less."""
        if len(self.trials.pending) >= self.limits.slots:
            return None
        for outcome in self.history:
            if not restarts.out_of_memory(outcome) or outcome.role == "baseline" or outcome.trial in self._answered:
                continue
            self._answered.add(outcome.trial)
            left = self.limits.max_trials - self.trials.next_number
            if left < (1 if outcome.role == "confirm" else 2) or self.trials.remaining_s <= 0:
                continue
            if self.trials.grow(outcome.trial):
                return Retry(outcome.role, outcome.tweak, restarts.MORE.format(outcome.trial))
            less = lighter(suggester.space, outcome.tweak) if outcome.role == "search" else None
            if less is not None and suggester.take(less):
                return Retry("search", less, restarts.LESS.format(outcome.trial))
        return None

    def _try(self, suggester: Suggester) -> None:
        step = self.log.steps[0] if self.log.steps else None
        if isinstance(step, Submitted):
            suggester.repeat(Suggestion(step.spec.tweak, step.origin), self._best_tweak())
            self._submit("search", step.spec.tweak, step.origin, self._patience_s)
            return
        suggestion = suggester.suggest(self._best_tweak())
        if suggestion is None:
            self.log.append(Exhausted)
            self._exhausted = True
        else:
            self._submit("search", suggestion.tweak, suggestion.origin, self._patience_s)

    def _confirm(self, tweak: Tweak, origin: str) -> None:
        longest = max((o.seconds for o in self.history), default=0.0)
        limit = max(self.trials.remaining_s, 3 * longest, 60.0)
        self._submit("confirm", tweak, origin, limit, "always")

    def _submit(
        self, role: Role, tweak: Tweak, origin: str, timeout_s: float, save_model: str = "never", **more: Any
    ) -> None:
        pace = Pace.of([outcome.curve for outcome in self.history[-RECENT:]]) if role == "search" else None
        changes = {"role": role, "tweak": tweak, "timeout_s": timeout_s, "save_model": save_model, "pace": pace, **more}
        spec = replace(self.template, trial=self.trials.next_number, **changes)
        self.trials.submit(spec, origin)

    def _next_is(self, origin: str) -> bool:
        step = self.log.steps[0] if self.log.steps else None
        return isinstance(step, Submitted) and step.origin == origin

    @property
    def _left_s(self) -> float:
        return max(1.0, self.trials.remaining_s)

    @property
    def _patience_s(self) -> float:
        """What a trial of the search may take: many times what others took, where no curve tells how it goes."""
        took = [outcome.seconds for outcome in self.history[-RECENT:] if outcome.validation is not None]
        if self.template.family != "sklearn" or len(took) < LEAST:
            return self._left_s
        return min(self._left_s, max(PATIENCE_S, PATIENCE * median(took)))

    def _best_tweak(self) -> Tweak:
        best = max(settled(self.history), key=attrgetter("merit"), default=None)
        return best.tweak if best else {}

    def _result(self, baseline: Outcome, reason: str) -> Result:
        self.trials.repeat_restarts()
        stopped = self.log.take(Stopped)
        if stopped is None:
            self.trials.go_on()
            stopped = self.log.append(Stopped, reason=reason)
        looked = [baseline, *(o for o in self.history if o.role == "confirm" and o.test is not None)]
        best = max(looked, key=lambda outcome: outcome.test.gain if outcome.test else -math.inf)
        reached = self.limits.reached(best.test)
        return Result(baseline, best, tuple(self.history), reached, reason, len(looked), stopped.time)
