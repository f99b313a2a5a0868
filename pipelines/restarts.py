"""What is started again, how often, how soon, and with what changed: a table, and pure decisions over it.

=============== ============================================================================================
infrastructure  the sandbox died or could not be started: killed, removed, the engine gone, the machine restarted
out_of_memory   the sandbox, or a trial in it, took more memory than it may, or the script was refused it
hang            a trial neither wrote nor ended by its deadline; it is killed with its sandbox
unusable        the framework cannot be imported in the sandbox: it would end the same way again
driver          the driver of a search died
error           the script's own error, or its time was up: what would fail again is not started again
=============== ============================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.facts import Outcome

Cause = Literal["infrastructure", "out_of_memory", "hang", "unusable", "driver", "error"]


@dataclass(frozen=True)
class Rule:
    """How often one cause may be answered with a new start."""

    most: int
    """Restarts within the window; one more and it is given up."""
    window_s: float
    longest_s: float = 30.0
    """The back-off doubles from 1 s and grows no longer than this."""
    each: int = 0
    """How often its sandbox may die in this way under the same trial before that trial is given up; 0: any number."""


RULES: dict[Cause, Rule] = {
    "infrastructure": Rule(most=8, window_s=900.0, each=3),
    "out_of_memory": Rule(most=8, window_s=900.0, each=2),
    "hang": Rule(most=3, window_s=3600.0),
    "unusable": Rule(most=0, window_s=1.0),
    "driver": Rule(most=5, window_s=900.0, longest_s=60.0),
    "error": Rule(most=0, window_s=1.0),
}
MORE, LESS = "more memory than trial {}", "less memory than trial {}"
"""Origins of trials that stand in for one that ran out of memory."""


@dataclass(frozen=True)
class Death:
    """Why something ended that should not have, in one line."""

    cause: Cause
    reason: str
    trials: tuple[int, ...] | None = None
    """Those that were under way in what died; None: all that were."""


@dataclass(frozen=True)
class Past:
    """A restart that has been: when, why, and which trials were under way."""

    time: float
    cause: Cause
    trials: tuple[int, ...] = ()


@dataclass(frozen=True)
class Memory:
    """The memory limit of a sandbox, and the highest that it may get."""

    limit_mib: int
    most_mib: int

    @property
    def more(self) -> int | None:
        """The next limit to try; None where there is none."""
        return min(2 * self.limit_mib, self.most_mib) if self.limit_mib < self.most_mib else None


@dataclass(frozen=True)
class Again:
    """Start again, so much later."""

    after_s: float
    without: tuple[int, ...] = ()
    """Trials that are given up."""
    memory_mib: int | None = None
    """The new memory limit, where it changes."""


@dataclass(frozen=True)
class GiveUp:
    """It has been started again too often."""

    reason: str


def decide(death: Death, past: Sequence[Past], now: float) -> Again | GiveUp:
    """Whether, and after how many seconds, what died is started again; ``past`` and ``now`` are in seconds."""
    rule = RULES[death.cause]
    recent = [one for one in past if one.cause == death.cause and now - one.time < rule.window_s]
    if len(recent) >= rule.most:
        times = f"{len(recent)} restarts within {rule.window_s / 60:.0f} minutes did not help; " if recent else ""
        return GiveUp(f"{times}{death.reason}")
    return Again(min(2.0 ** len(recent), rule.longest_s))


def decide_sandbox(
    death: Death, trials: Collection[int], past: Sequence[Past], now: float, memory: Memory | None
) -> Again | GiveUp:
    """What to do about a sandbox that died.

    Args:
        death: how it died.
        trials: those that were under way in it.
        past: its earlier restarts.
        now: seconds on the clock of ``past``.
        memory: its limit; None where it has none of its own.
    """
    step = decide(death, past, now)
    if isinstance(step, GiveUp):
        return step
    more = memory.more if memory is not None and death.cause == "out_of_memory" else None
    if more is not None:
        return Again(step.after_s, memory_mib=more)
    each = RULES[death.cause].each
    if death.cause == "out_of_memory" and len(trials) == 1:
        each = 1  # no other trial can have taken the memory, and it would take it again
    deaths = {n: 1 + sum(one.cause == death.cause and n in one.trials for one in past) for n in trials}
    return Again(step.after_s, without=tuple(n for n, count in deaths.items() if each and count >= each))


def out_of_memory(outcome: Outcome) -> bool:
    """Whether a trial failed for want of memory."""
    return outcome.failed is not None and outcome.failed.cause == "out_of_memory"


def answered(origin: str) -> int | None:
    """The trial that one of this origin stands in for; None for all other origins."""
    found = re.fullmatch(r"(?:more|less) memory than trial (\d+)", origin)
    return int(found[1]) if found else None
