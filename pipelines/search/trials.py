"""The trials of one search that are under way: given to the sandbox, followed to their ends, started again.

What the log says that an earlier driver did is repeated, step for step, without a trial being run for it.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from mlprojects.contract.restart import Restart
from mlprojects.contract.trial import TrialSpec
from pipelines import restarts
from pipelines.errors import PlatformError, TrialError
from pipelines.facts import Evaluated, Event, Failed, Outcome, Started
from pipelines.restarts import Death, GiveUp, Past
from pipelines.sandbox import Sandbox
from pipelines.search.log import ALIVE_S, Alive, Ended, Restarted, SearchLog, Submitted
from pipelines.spool import JournalTail, Spool

POLL_S = 0.02
GRACE_S = 120.0
"""What a sandbox may take on top of a trial's own time: starting, importing, saving."""


class Watcher(Protocol):
    """Somebody who is told how a search goes: the terminal, the tracking server.

    Of a search that was resumed each is told all of it again: what was told before must change nothing.
    """

    def submitted(self, spec: TrialSpec, origin: str) -> None:
        """A trial is given to the sandbox."""

    def heard(self, trial: int, events: list[Event]) -> None:
        """A trial wrote to its journal."""

    def ended(self, outcome: Outcome) -> None:
        """A trial has ended."""

    def restarted(self, reason: str, trials: tuple[int, ...]) -> None:
        """The sandbox, or the driver, died and was started again while these trials were under way."""

    def tick(self) -> None:
        """Time has passed."""


@dataclass
class Pending:
    """A trial under way."""

    spec: TrialSpec
    origin: str
    tail: JournalTail
    deadline: float
    events: list[Event] = field(default_factory=list)

    @property
    def begun(self) -> bool:
        """Whether an attempt at it has started."""
        return any(isinstance(event, Started) for event in self.events)


class Trials:
    """Runs trials. Time and sleep are handed in, so that loops are tested without waiting."""

    def __init__(
        self,
        timeout_s: float,
        spool: Spool,
        sandbox: Sandbox,
        watchers: list[Watcher],
        log: SearchLog,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.timeout_s, self.spool, self.sandbox, self.watchers, self.log = timeout_s, spool, sandbox, watchers, log
        self.clock, self.sleep = clock, sleep
        self.history: list[Outcome] = []
        self.pending: dict[int, Pending] = {}
        self.restarts: list[Past] = []
        self._reason = ""
        self._up, self._first = sandbox.started, True
        self._began = clock() - log.spent_s
        self._said = clock()
        log.clock = lambda: self.spent_s

    @property
    def spent_s(self) -> float:
        """What is spent of the time budget, in seconds; time without a driver does not count."""
        return self.clock() - self._began

    @property
    def remaining_s(self) -> float:
        """What is left of the time budget, in seconds."""
        return self.timeout_s - self.spent_s

    @property
    def next_number(self) -> int:
        """The number of the next trial; the baseline's is 0."""
        return len(self.history) + len(self.pending)

    # -- what is done ---------------------------------------------------------------------------------

    def submit(self, spec: TrialSpec, origin: str) -> None:
        """Give a trial to the sandbox: first the log says so, then the watchers hear of it, then it may run.

        Raises:
            PlatformError: the sandbox cannot be started; nobody has heard of the trial.
        """
        self.repeat_restarts()
        done = self.log.take(Submitted)
        if done is None:
            self.go_on()
            if self._first:
                self._start()
            self.log.append(Submitted, spec=spec, origin=origin)
        else:
            spec, origin = done.spec, done.origin
        deadline = self.clock() + spec.timeout_s + GRACE_S
        self.pending[spec.trial] = Pending(spec, origin, self.spool.tail(spec.trial), deadline)
        for watcher in self.watchers:
            watcher.submitted(spec, origin)
        if done is None or not self.spool.given(spec.trial):  # what a script has put there is no specification of ours
            self.spool.submit(spec)

    def wait(self) -> list[Outcome]:
        """Sleep until a trial has ended.

        Raises:
            PlatformError: the sandbox died again and again.
        """
        self.repeat_restarts()
        done = self.log.take(Ended)
        if done is not None:
            return [self._repeat(done.outcome)]
        self.go_on()
        while True:
            self._start()
            ended = [outcome for number in list(self.pending) if (outcome := self._poll(number)) is not None]
            hung = [outcome.trial for outcome in ended if _hangs(outcome)]
            if hung:
                self.sandbox.stop()
                ended += self._died(Death("hang", f"trial {hung[0]} hung"), self._begun())
            if ended:
                return ended
            death = self.sandbox.death()
            if death is not None:
                # What a trial wrote before the sandbox died counts.
                ended = [outcome for number in list(self.pending) if (outcome := self._poll(number)) is not None]
                ended += self._died(death, self._begun() if death.trials is None else death.trials)
                if ended:
                    return ended
                continue
            self._rest(POLL_S)

    def grow(self, trial: int) -> bool:
        """Give the sandbox more memory after a trial ran out of it; whether there was more to give."""
        memory = self.sandbox.memory
        if memory is None or memory.more is None:
            return False
        reason = f"trial {trial} ran out of memory at {memory.limit_mib} MiB; the limit is {memory.more} MiB now"
        self._note(self.log.append(Restarted, cause="out_of_memory", reason=reason, memory_mib=memory.more))
        return True

    def go_on(self) -> None:
        """Say, once, that this driver goes on where an earlier one left; all that the earlier one did is repeated."""
        reason, self.log.taken_over = self.log.taken_over, None
        if reason is not None:
            begun = tuple(n for n in self.pending if self.spool.begun(n))
            # What a trial has done counts for ever, how often the sandbox died only for the driver that saw it.
            self.restarts = [replace(past, time=-math.inf) for past in self.restarts]
            self._note(self.log.append(Restarted, cause="driver", reason=reason, trials=begun))

    def repeat_restarts(self) -> None:
        """Repeat the restarts that stand next in the log."""
        while self.log.steps and isinstance(self.log.steps[0], Restarted):
            step = self.log.take(Restarted)
            assert step is not None
            self._note(step)

    # -- one trial --------------------------------------------------------------------------------------

    def _poll(self, number: int) -> Outcome | None:
        trial = self.pending[number]
        failed: Failed | None = None
        try:
            events = trial.tail.read()
        except TrialError as error:
            events, failed = [], _failure("trial", str(error))
        strange = next((e.metric for e in events if isinstance(e, Evaluated) and e.metric != trial.spec.metric), None)
        if strange is not None and trial.spec.role != "baseline":
            events, failed = [], _failure("trial", f"the trial scored {strange}, not {trial.spec.metric}")
        ends = any(event.event in ("finished", "failed") for event in events)
        if failed is None and not ends and self.clock() > trial.deadline:
            waited = f"{trial.spec.timeout_s + GRACE_S:.0f} s"
            failed = _failure("platform", f"hung: the sandbox did not end the trial in time ({waited})", "hang")
        if failed is not None:
            events = [*events, failed]
        if events:
            if not trial.begun:  # one that was given ahead of its time has waited for a slot
                trial.deadline = self.clock() + trial.spec.timeout_s + GRACE_S
            trial.events += events
            for watcher in self.watchers:
                watcher.heard(number, events)
        return self._close(number) if ends or failed is not None else None

    def _close(self, number: int) -> Outcome:
        """End a trial: first the log says so, then the watchers."""
        trial = self.pending.pop(number)
        outcome = Outcome.of(trial.spec, trial.events, trial.origin)
        self.log.append(Ended, outcome=outcome)
        self.history.append(outcome)
        for watcher in self.watchers:
            watcher.ended(outcome)
        return outcome

    def _repeat(self, outcome: Outcome) -> Outcome:
        """End a trial as an earlier driver did; its journal is told once more."""
        trial = self.pending.pop(outcome.trial)
        events: list[Event] = []
        with contextlib.suppress(TrialError):
            events = trial.tail.read()
        if outcome.failed is not None and outcome.failed not in events:
            events.append(outcome.failed)
        self.history.append(outcome)
        for watcher in self.watchers:
            watcher.heard(outcome.trial, events)
            watcher.ended(outcome)
        return outcome

    # -- the sandbox --------------------------------------------------------------------------------------

    def _begun(self) -> tuple[int, ...]:
        return tuple(number for number, trial in self.pending.items() if trial.begun)

    def _start(self) -> None:
        """Start the sandbox where it is not up: with the reason, and what trials under way are to know."""
        while not self._up:
            left = max(1.0, self.remaining_s)
            limits = {n: left for n, t in self.pending.items() if t.spec.role != "confirm" and left < t.spec.timeout_s}
            ended = tuple(outcome.trial for outcome in self.history)
            self.spool.say(Restart(self._reason, ended, limits) if self._reason else Restart())
            try:
                self.sandbox.start()
                self._up = True
            except PlatformError as error:
                if self._first:
                    raise
                self._died(Death("infrastructure", str(error)), begun=())  # no trial has to do with that
            for number, trial in self.pending.items():
                trial.deadline = self.clock() + limits.get(number, trial.spec.timeout_s) + GRACE_S
        self._first = False

    def _died(self, death: Death, begun: tuple[int, ...]) -> list[Outcome]:
        """Decide about a new start, and rest until it is due; the trials that are given up, of those ``begun`` in it.

        Raises:
            PlatformError: it died too often.
        """
        self._up = False
        step = restarts.decide_sandbox(death, begun, self.restarts, self.spent_s, self.sandbox.memory)
        if isinstance(step, GiveUp):
            raise PlatformError(f"the sandbox is given up: {step.reason}")
        more = f"; the limit is {step.memory_mib} MiB now" if step.memory_mib else ""
        ended = []
        for number in step.without:
            failed = _under_it(death)
            self.pending[number].events.append(failed)
            for watcher in self.watchers:
                watcher.heard(number, [failed])
            ended.append(self._close(number))
        fields = {"cause": death.cause, "reason": death.reason + more, "trials": begun, "memory_mib": step.memory_mib}
        self._note(self.log.append(Restarted, **fields))
        self._rest(step.after_s)
        return ended

    def _note(self, step: Restarted) -> None:
        self.restarts.append(Past(step.spent_s, step.cause, step.trials))
        self._reason = step.reason
        if step.memory_mib is not None:
            self.sandbox.resize(step.memory_mib)
        for watcher in self.watchers:
            watcher.restarted(step.reason, step.trials)

    def _rest(self, seconds: float) -> None:
        for watcher in self.watchers:
            watcher.tick()
        if self.clock() - self._said >= ALIVE_S:
            self._said = self.clock()
            self.log.append(Alive)
        self.sleep(seconds)


def _hangs(outcome: Outcome) -> bool:
    """Whether a trial hangs to the last; of one that the sandbox has ended as hung nothing is left."""
    return outcome.failed is not None and outcome.failed.cause == "hang" and outcome.failed.kind == "platform"


def _under_it(death: Death) -> Failed:
    """What a trial is told whose sandbox has died under it too often."""
    if death.cause == "out_of_memory":
        return _failure("trial", f"out of memory: {death.reason}", "out_of_memory")
    return _failure("platform", f"its sandbox died again and again, the last time so: {death.reason}", "killed")


def _failure(kind: str, reason: str, cause: str | None = None) -> Failed:
    return Failed.model_validate(
        {"event": "failed", "time": time.time(), "kind": kind, "reason": reason[:2000], "cause": cause}
    )
