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


def granted(slots: int, wishes: Mapping[str, Wish], search: str) -> int:
    """How many of its waiting trials a search may have run now.

    Each free slot is for the search with the fewest trials among those with one waiting, the lower name among equals.
    No trial is ended for another: a search that was alone gives back one slot after the other as its trials end.
    """
    running = {name: wish.running for name, wish in wishes.items()}
    waiting = {name: wish.waiting for name, wish in wishes.items()}
    mine = 0
    for _ in range(slots - sum(running.values())):
        name = min((name for name in waiting if waiting[name]), key=lambda name: (running[name], name), default=None)
        if name is None:
            break
        running[name] += 1
        waiting[name] -= 1
        mine += name == search
    return mine
