"""Whose trial has an agent's next free slot, where several searches share it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """One search on an agent."""

    running: int
    waiting: int
    """Trials that have no slot yet, on no agent."""
    places: int | None = None
    """How many trials may compute on the GPU that its trials need; None: they need none."""


def granted(slots: int, wishes: Mapping[str, Wish], search: str) -> int:
    """How many of its waiting trials a search may have run now.

    Each free slot is for the search with the fewest trials among those with one waiting, the lower name among equals.
    No trial is ended for another: a search that was alone gives back one slot after the other as its trials end.
    """
    running = {name: wish.running for name, wish in wishes.items()}
    waiting = {name: wish.waiting for name, wish in wishes.items()}

    def fits(name: str) -> bool:
        places = wishes[name].places
        return places is None or sum(running[n] for n, wish in wishes.items() if wish.places is not None) < places

    for _ in range(slots - sum(running.values())):
        able = [name for name in waiting if waiting[name] and fits(name)]
        if not able:
            break
        name = min(able, key=lambda name: (running[name], name))
        running[name] += 1
        waiting[name] -= 1
    return running[search] - wishes[search].running if search in wishes else 0
