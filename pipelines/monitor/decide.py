"""What the monitor does about what it finds: pure decisions over facts. Time is an argument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines import restarts
from pipelines.restarts import Death, GiveUp, Past
from pipelines.searches import State


@dataclass(frozen=True)
class SearchFact:
    """A search on this machine."""

    search: str
    state: State
    resumed: tuple[float, ...] = ()
    """When a monitor has resumed it, in seconds since the epoch."""
    sandbox: str = ""
    """The kind of its sandbox, where it has got one."""


@dataclass(frozen=True)
class ContainerFact:
    """A container of this machine's searches."""

    container: str
    search: str


@dataclass(frozen=True)
class Resume:
    """Start a driver that goes on with a search."""

    search: str
    reason: str
    counter: int
    """How often it has been resumed, this time included."""


@dataclass(frozen=True)
class Abandon:
    """Give a search up."""

    search: str
    reason: str


@dataclass(frozen=True)
class Remove:
    """Remove a container that no driver needs."""

    container: str
    search: str
    reason: str


Action = Resume | Abandon | Remove


def decide(searches: Sequence[SearchFact], containers: Sequence[ContainerFact] | None, now: float) -> list[Action]:
    """What is to be done now; ``containers`` is None where no engine answers.

    A search that its user or the platform has ended is left to its user. A container of an interrupted search stays:
    its trial may go on in there, and the next driver takes it over. A search in a container waits for the engine.
    """
    actions: list[Action] = []
    for fact in searches:
        if fact.state == "interrupted" and (containers is not None or fact.sandbox != "docker"):
            actions += _resume(fact, now)
    states = {fact.search: fact.state for fact in searches}
    for found in containers or ():
        state = states.get(found.search)
        if state is None:
            actions.append(Remove(found.container, found.search, "the folder of its search is gone"))
        elif state not in ("running", "interrupted"):
            reason = "nobody drives it any more" if state == "unknown" else f"its search has {_HAS[state]}"
            actions.append(Remove(found.container, found.search, reason))
    return actions


_HAS: dict[State, str] = {
    "ended": "ended",
    "stopped": "been stopped",
    "failed": "failed",
    "given_up": "been given up",
}


def _resume(fact: SearchFact, now: float) -> list[Action]:
    past = [Past(time, "driver") for time in fact.resumed]
    step = restarts.decide(Death("driver", "its driver died"), past, now)
    if isinstance(step, GiveUp):
        return [Abandon(fact.search, step.reason)]
    if fact.resumed and now < fact.resumed[-1] + step.after_s:
        return []
    return [Resume(fact.search, "its driver died", len(fact.resumed) + 1)]
