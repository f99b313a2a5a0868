"""Whose trial has an agent's next free slot."""

import pytest

from pipelines.cluster.shares import Wish, granted

ALONE = {"a": Wish(0, 5)}
LATER = {"a": Wish(4, 2), "b": Wish(0, 2)}


@pytest.mark.parametrize(
    ("slots", "wishes", "search", "given"),
    [
        (4, ALONE, "a", 4),
        (4, {"a": Wish(1, 2)}, "a", 2),
        (4, LATER, "b", 0),
        (4, {**LATER, "a": Wish(3, 2)}, "a", 0),
        (4, {**LATER, "a": Wish(3, 2)}, "b", 1),
        (4, {"a": Wish(2, 2), "b": Wish(1, 2)}, "a", 0),
        (4, {"a": Wish(2, 2), "b": Wish(1, 2)}, "b", 1),
        (4, {"a": Wish(3, 2), "b": Wish(0, 0)}, "a", 1),
        (5, {"a": Wish(0, 9), "b": Wish(0, 9)}, "a", 3),
        (5, {"a": Wish(0, 9), "b": Wish(0, 9)}, "b", 2),
        (5, {"a": Wish(0, 9), "b": Wish(0, 1)}, "a", 4),
        (1, {"a": Wish(2, 1)}, "a", 0),
        (4, {"a": Wish(0, 9, 2), "b": Wish(1, 9, 2)}, "a", 1),
        (4, {"a": Wish(0, 9, 2), "b": Wish(1, 9)}, "b", 1),
        (9, {"a": Wish(0, 9, 2), "b": Wish(1, 9)}, "b", 6),
        (4, ALONE, "unknown", 0),
    ],
)
def test_a_free_slot_is_for_the_search_that_has_fewest(slots, wishes, search, given):
    """One alone has all; a second one gets each slot that comes free until both have alike; no slot is kept idle."""
    assert granted(slots, wishes, search) == given


@pytest.mark.parametrize("slots", [1, 2, 3, 7])
def test_no_slot_is_promised_twice(slots):
    """What all searches are granted together is what is free, where enough is waiting."""
    wishes = {name: Wish(running, 9) for name, running in (("a", 1), ("b", 0), ("c", 0))}
    assert sum(granted(slots, wishes, name) for name in wishes) == slots - 1
