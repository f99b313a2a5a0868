"""Which standbys there are to be: pure decisions over facts. Time is an argument."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pipelines import restarts
from pipelines.restarts import Death, GiveUp, Past

MOST = 4
"""Standbys at the same time: each has a framework in memory."""
APART_S = 10.0
"""After one was used: the first trials of its search are to have the processors for themselves."""


@dataclass(frozen=True)
class Kind:
    """What a standby is made for."""

    environment: str
    seed: int = 0
    extras: tuple[str, ...] = ()
    """Requirements that the source adds to the environment."""


@dataclass(frozen=True)
class Use:
    """What the latest search of a repository was run in."""

    repository: str
    kind: Kind


def wanted(named: Sequence[str] | None, uses: Sequence[Use], repositories: Collection[str]) -> list[Kind]:
    """The kinds that are to be ready.

    Args:
        named: environments that the configuration names; None: those in use.
        uses: of the searches so far, newest first.
        repositories: those that are watched.
    """
    if named is not None:
        return [Kind(environment) for environment in dict.fromkeys(named)][:MOST]
    kinds = latest(uses)
    return list(dict.fromkeys(kind for name, kind in kinds.items() if name in repositories))[:MOST]


def latest(uses: Sequence[Use]) -> dict[str, Kind]:
    """What each repository's latest search was run in, newest first."""
    found: dict[str, Kind] = {}
    for use in uses:
        found.setdefault(use.repository, use.kind)
    return found


def missing(
    kinds: Sequence[Kind],
    held: Collection[Kind],
    used: Mapping[Kind, float],
    failed: Mapping[Kind, Sequence[float]],
    now: float,
) -> list[Kind]:
    """The kinds of which a standby is to be started now.

    Args:
        kinds: those that are wanted.
        held: those of which there is one.
        used: when the last one of a kind was given a job.
        failed: when those of a kind have died, oldest first.
        now: seconds on the same clock.
    """
    absent = [kind for kind in kinds if kind not in held and now >= used.get(kind, now - APART_S) + APART_S]
    return [kind for kind in absent if _may(failed.get(kind, ()), now)]


def _may(failed: Sequence[float], now: float) -> bool:
    past = [Past(time, "infrastructure") for time in failed]
    step = restarts.decide(Death("infrastructure", "the standby died"), past, now)
    return not isinstance(step, GiveUp) and (not failed or now >= failed[-1] + step.after_s)


def fitting(held: Mapping[Kind, bool], known: Kind | None) -> Kind | None:
    """The kind of standby that gets a job.

    Of a repository that has had no search any one saves the driver's own start, but only if it is ready.

    Args:
        held: the kinds of which there is one, and whether it is ready.
        known: what the repository's latest search was run in; None: it has had none.
    """
    if known is not None:
        return known if known in held else None
    return next((kind for kind, ready in held.items() if ready), None)
