"""One search: the baseline, then trials until the target is confirmed or the budget is spent."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NoReturn, Protocol

from mlprojects.contract.metrics import METRICS
from mlprojects.contract.trial import Role, TrialSpec, Tweak
from pipelines.errors import PlatformError, SourceError, TrialError
from pipelines.facts import Described, Evaluated, Event, Failed, Outcome
from pipelines.policy import Confirm, Limits, Stop, Try, decide, merit
from pipelines.sandbox import Sandbox
from pipelines.space import build_space
from pipelines.spool import JournalTail, Spool
from pipelines.suggester import Suggester

POLL_S = 0.05
GRACE_S = 120.0
"""What a sandbox may take on top of a trial's own time: starting, importing, saving."""
MOST_OF_TIME = 0.15
"""No tweak is tried that would fit longer than this share of the time."""
MOST_RESTARTS = 2
FEW_ROWS = 2000
QUICK_FIT_S = 2.0
FOLDS = 5
HOLDOUT = 0.25
FEWEST_HELD_OUT = 5
"""On fewer rows a model that knows nothing is right often enough."""


class Watcher(Protocol):
    """Somebody who is told how a search goes: the terminal, the tracking server."""

    def submitted(self, spec: TrialSpec, origin: str) -> None:
        """A trial was given to the sandbox."""

    def heard(self, trial: int, events: list[Event]) -> None:
        """A trial wrote to its journal."""

    def ended(self, outcome: Outcome) -> None:
        """A trial has ended."""

    def restarted(self, reason: str) -> None:
        """The sandbox died and was started again."""

    def tick(self) -> None:
        """Time has passed."""


@dataclass
class _Pending:
    spec: TrialSpec
    origin: str
    tail: JournalTail
    deadline: float
    events: list[Event] = field(default_factory=list)


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

    def validation_of(self, outcome: Outcome) -> float | None:
        """The validation score of the same tweak in its search trial."""
        found = [
            o.validation.value for o in self.history if o.role == "search" and o.tweak == outcome.tweak and o.validation
        ]
        return found[-1] if found else None


class Search:
    """Runs the trials of one source. Time and sleep are handed in, so that loops are tested without waiting."""

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
    ) -> None:
        self.template, self.limits, self.timeout_s = template, limits, timeout_s
        self.spool, self.sandbox, self.watchers = spool, sandbox, watchers
        self.clock, self.sleep = clock, sleep
        self.history: list[Outcome] = []
        self.pending: dict[int, _Pending] = {}
        self.restarts = 0
        self.started = clock()

    @property
    def remaining_s(self) -> float:
        """What is left of the time budget, in seconds."""
        return self.timeout_s - (self.clock() - self.started)

    def run(self) -> Result:
        """Run to the end.

        Raises:
            SourceError: the script as written does not train a model that can be measured.
            PlatformError: the sandbox died again and again.
        """
        self.sandbox.start()
        baseline = self.run_baseline()
        if self.limits.reached(baseline.test):
            return self._result(baseline, "reached")
        assert baseline.described is not None
        longer = self.remaining_s * MOST_OF_TIME / max(baseline.fit_seconds, 1e-3)
        suggester = Suggester(build_space(self.template.family, baseline.described, longer), self.template.seed)
        exhausted = False
        while True:
            confirming = any(p.spec.role == "confirm" for p in self.pending.values())
            spent = self.remaining_s <= 0
            match decide(self.history, confirming, len(self.pending), self.limits, spent, exhausted):
                case Stop(reason=reason):
                    return self._result(baseline, reason)
                case Confirm(tweak=tweak):
                    longest = max((o.seconds for o in self.history), default=0.0)
                    limit = max(self.remaining_s, 3 * longest, 60.0)
                    self._submit("confirm", tweak, "confirm", timeout_s=limit, save_model="always")
                case Try():
                    suggestion = suggester.suggest(self._best_tweak())
                    if suggestion is None:
                        exhausted = True
                    else:
                        self._submit(
                            "search", suggestion.tweak, suggestion.origin, timeout_s=max(1.0, self.remaining_s)
                        )
                case _:
                    for outcome in self._wait():
                        if outcome.role == "search":
                            suggester.tell(outcome.tweak, merit(outcome) if outcome.validation else None)

    def run_baseline(self) -> Outcome:
        """The script as written; once more with rows set aside, where it evaluates none but its training data.

        Raises:
            SourceError: it fails, fits nothing, or what it fits has no accuracy.
        """
        baseline = self.run_one("baseline", {}, save_model="if_reached")
        _require_measurable(baseline)
        assert baseline.described is not None
        gated = _ungated(baseline.described, self.template.metric) is None
        few = (baseline.described.rows or FEW_ROWS) < FEW_ROWS and baseline.fit_seconds < QUICK_FIT_S
        folds = FOLDS if self.template.family == "sklearn" and few else 1
        self.template = replace(self.template, gate=baseline.described.gate, folds=folds)
        can_be = baseline.described.task != "clustering" and (gated or self.limits.max_trials > 1)
        if baseline.test is None and can_be:
            if self.limits.max_trials < 2:
                needs = "measuring it on rows set aside takes a second trial: --max-trials 2"
                raise SourceError(f"the script evaluates only its training data; {needs}")
            _require_rows(baseline.described)
            self.template = replace(self.template, holdout_fraction=HOLDOUT)
            again = self.run_one("baseline", {}, save_model="if_reached")
            if again.failed is not None and again.failed.kind == "trial":
                where = baseline.described.where
                raise SourceError(f"{where}: the script evaluates no test data, and {again.failed.reason}")
            _require_measurable(again)
            assert again.described is not None
            reason = baseline.described.gate_reason
            described = again.described.model_copy(update={"gate_reason": reason})
            baseline = again.model_copy(update={"described": described})
            self.history[-1] = baseline
        if not gated:
            _refuse(baseline, self.template.metric)
        if baseline.test is None:
            raise SourceError(f"{self.template.entry}: no rows could be set aside to measure the model on")
        return baseline

    def run_one(self, role: Role, tweak: Tweak, save_model: str) -> Outcome:
        """One trial, alone, to its end."""
        self._submit(role, tweak, role, timeout_s=max(1.0, self.remaining_s), save_model=save_model)
        while True:
            for outcome in self._wait():
                return outcome

    def _submit(self, role: Role, tweak: Tweak, origin: str, timeout_s: float, save_model: str = "never") -> None:
        number = len(self.history) + len(self.pending)
        changes = {"trial": number, "role": role, "tweak": tweak, "timeout_s": timeout_s, "save_model": save_model}
        spec = replace(self.template, **changes)  # type: ignore[arg-type]
        self.pending[number] = _Pending(spec, origin, self.spool.tail(number), self.clock() + timeout_s + GRACE_S)
        self.spool.submit(spec)
        for watcher in self.watchers:
            watcher.submitted(spec, origin)

    def _wait(self) -> list[Outcome]:
        """Sleep until a trial has ended."""
        while True:
            ended = [outcome for number in list(self.pending) if (outcome := self._poll(number)) is not None]
            if ended:
                return ended
            self._check_sandbox()
            for watcher in self.watchers:
                watcher.tick()
            self.sleep(POLL_S)

    def _poll(self, number: int) -> Outcome | None:
        trial = self.pending[number]
        failed: Failed | None = None
        try:
            events = trial.tail.read()
        except TrialError as error:
            events, failed = [], Failed(event="failed", time=time.time(), kind="trial", reason=str(error)[:2000])
        strange = next((e.metric for e in events if isinstance(e, Evaluated) and e.metric != trial.spec.metric), None)
        if strange is not None and trial.spec.role != "baseline":
            reason = f"the trial scored {strange}, not {trial.spec.metric}"
            events, failed = [], Failed(event="failed", time=time.time(), kind="trial", reason=reason)
        if self.clock() > trial.deadline:
            failed = Failed(
                event="failed", time=time.time(), kind="platform", reason="the sandbox did not end the trial in time"
            )
        if failed is not None:
            events = [*events, failed]
        if events:
            trial.events += events
            for watcher in self.watchers:
                watcher.heard(number, events)
        if not any(event.event in ("finished", "failed") for event in events):
            return None
        spec = trial.spec
        outcome = Outcome.of(spec.trial, spec.role, spec.tweak, trial.events, trial.origin, spec.gate)
        del self.pending[number]
        self.history.append(outcome)
        for watcher in self.watchers:
            watcher.ended(outcome)
        return outcome

    def _check_sandbox(self) -> None:
        reason = self.sandbox.death()
        if reason is None:
            return
        self.restarts += 1
        if self.restarts > MOST_RESTARTS:
            raise PlatformError(f"the sandbox died {self.restarts} times; the last time: {reason}")
        for watcher in self.watchers:
            watcher.restarted(reason)
        self.sandbox.start()

    def _best_tweak(self) -> Tweak:
        scored = [o for o in self.history if o.role == "search" and o.validation is not None]
        best = max(scored, key=merit, default=None)
        return best.tweak if best else {}

    def _result(self, baseline: Outcome, reason: str) -> Result:
        looked = [baseline, *(o for o in self.history if o.role == "confirm" and o.test is not None)]
        best = max(looked, key=lambda outcome: outcome.test.gain if outcome.test else -math.inf)
        reached = self.limits.reached(best.test)
        return Result(baseline, best, tuple(self.history), reached, reason, len(looked))


def _require_measurable(baseline: Outcome) -> None:
    failed = baseline.failed
    if failed is not None:
        place = f"{failed.where}: " if failed.where else ""
        if failed.kind == "platform":
            raise PlatformError(f"the baseline failed: {failed.reason}")
        raise SourceError(f"{place}{failed.reason}")
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
        "multilabel": f"gives several labels for each row, not one {label}; --metric f1_micro would gate it",
        "clustering": "groups rows without labels: there is nothing to measure it against, and no gate",
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
