"""What the service does next: a pure decision over what is known of the registry and of its backends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FIRST_DELAY_S = 1.0
MOST_DELAY_S = 30.0
MOST_DEATHS = 6
"""In :data:`WINDOW_S`; one more, and it is given up."""
WINDOW_S = 600.0
SHAKEN = 2
"""So many deaths of the served version, and the one that is to replace it comes first."""


@dataclass(frozen=True)
class Trying:
    """A version that is started and checked beside the one that has the traffic.

    ``bad`` is the version's fault; ``unavailable`` is ours: it cannot be fetched, or its environment not be made.
    """

    version: str
    outcome: Literal["pending", "good", "bad", "unavailable"] = "pending"
    reason: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known at ``now`` (seconds, monotonic)."""

    now: float
    asked: bool
    """Whether the registry has answered, or has failed to."""
    wanted: str | None
    """What the alias names, as far as is known."""
    good: str | None
    """The version that passed its checks last, in this service or an earlier one."""
    alive: bool
    """Whether a backend of ``good`` has the traffic."""
    trying: Trying | None = None
    refused: frozenset[str] = frozenset()
    retry_at: float = 0.0
    """Before this, a version that was not available is not asked for again."""
    deaths: tuple[float, ...] = ()
    """When ``good`` has died, or could not be started again."""


@dataclass(frozen=True)
class Wait:
    """Nothing."""


@dataclass(frozen=True)
class Start:
    """Start a version beside what runs, and check it."""

    version: str


@dataclass(frozen=True)
class Take:
    """What was tried takes the traffic."""

    version: str


@dataclass(frozen=True)
class Drop:
    """What is tried is not wanted any more."""


@dataclass(frozen=True)
class Refuse:
    """What was tried is no good: the old version stays, and the alias goes back to it."""

    version: str
    reason: str


@dataclass(frozen=True)
class Postpone:
    """What was tried is not to be had now: the old version stays, the alias as well."""

    version: str
    reason: str


@dataclass(frozen=True)
class CountDeath:
    """The good version could not be started again."""

    reason: str


@dataclass(frozen=True)
class GiveUp:
    """Nothing can be served."""

    reason: str


Action = Wait | Start | Take | Drop | Refuse | Postpone | CountDeath | GiveUp


def decide(facts: Facts) -> Action:
    """The next step."""
    if not facts.asked:
        return Wait()
    goal = _goal(facts)
    if facts.trying is not None:
        return _of_trying(facts, facts.trying, goal)
    if goal is None:
        return GiveUp("the registry does not answer, and no version has been served from here before")
    if goal != facts.good:
        return Start(goal)
    return Wait() if facts.alive else _again(facts, goal)


def delay_s(deaths: int) -> float:
    """How long to wait before a start: the first one is at once, then it doubles."""
    return 0.0 if deaths <= 1 else min(MOST_DELAY_S, FIRST_DELAY_S * 2.0 ** (deaths - 2))


def _goal(facts: Facts) -> str | None:
    """The version to bring up: the wanted one, but for a dead one's sake the last good one first."""
    wanted = facts.wanted
    if wanted is None or wanted in facts.refused or facts.now < facts.retry_at:
        return facts.good
    if facts.good is not None and not facts.alive and len(_recent(facts)) < SHAKEN:
        return facts.good
    return wanted


def _recent(facts: Facts) -> list[float]:
    return [death for death in facts.deaths if facts.now - death < WINDOW_S]


def _of_trying(facts: Facts, trying: Trying, goal: str | None) -> Action:
    if trying.outcome == "pending":
        return Wait() if trying.version == goal else Drop()
    if trying.outcome == "good":
        return Take(trying.version) if trying.version in (goal, facts.wanted) else Drop()
    if facts.good is None:
        return GiveUp(f"version {trying.version} cannot be served: {trying.reason}")
    if trying.version == facts.good:
        return CountDeath(trying.reason)
    if trying.outcome == "bad":
        return Refuse(trying.version, trying.reason)
    return Postpone(trying.version, trying.reason)


def _again(facts: Facts, good: str) -> Action:
    recent = _recent(facts)
    if len(recent) > MOST_DEATHS:
        return GiveUp(f"version {good} died {len(recent)} times within {WINDOW_S / 60:.0f} minutes")
    if recent and facts.now < recent[-1] + delay_s(len(recent)):
        return Wait()
    return Start(good)
