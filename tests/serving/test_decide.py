"""The decisions of serving, without anything being served."""

from dataclasses import replace

import pytest

from pipelines.serving.decide import (
    MOST_DEATHS,
    WINDOW_S,
    CountDeath,
    Drop,
    Facts,
    GiveUp,
    Postpone,
    Refuse,
    Start,
    Take,
    Trying,
    Wait,
    decide,
    delay_s,
)

STEADY = Facts(now=100.0, asked=True, wanted="2", good="2", alive=True)
MOVED = replace(STEADY, wanted="3")
FIRST = Facts(now=1.0, asked=True, wanted="1", good=None, alive=False)


@pytest.mark.parametrize(
    ("facts", "action"),
    [
        (replace(FIRST, asked=False, wanted=None), Wait()),
        (FIRST, Start("1")),
        (replace(FIRST, trying=Trying("1")), Wait()),
        (replace(FIRST, trying=Trying("1", "good")), Take("1")),
        (STEADY, Wait()),
        (replace(STEADY, wanted=None), Wait()),
        (MOVED, Start("3")),
        (replace(MOVED, trying=Trying("3")), Wait()),
        (replace(MOVED, trying=Trying("3", "good")), Take("3")),
        (replace(MOVED, trying=Trying("3", "bad", "died")), Refuse("3", "died")),
        (replace(MOVED, trying=Trying("3", "unavailable", "no image")), Postpone("3", "no image")),
        (replace(MOVED, refused=frozenset("3")), Wait()),
        (replace(MOVED, retry_at=101.0), Wait()),
        (replace(MOVED, retry_at=99.0), Start("3")),
        (replace(STEADY, wanted="4", trying=Trying("3")), Drop()),
        (replace(STEADY, trying=Trying("3", "good")), Drop()),
        (replace(STEADY, wanted=None, alive=False), Start("2")),
    ],
)
def test_what_comes_next(facts, action):
    """A wanted version is started, checked, and takes the traffic; whatever is wrong with it, the old one stays."""
    assert decide(facts) == action


def test_without_a_good_version_a_failure_is_the_end():
    """There is nothing to fall back to: it is said, not tried for ever."""
    assert isinstance(decide(replace(FIRST, trying=Trying("1", "bad", "died"))), GiveUp)
    assert isinstance(decide(replace(FIRST, wanted=None)), GiveUp)


def test_a_dead_version_is_started_again_with_growing_delays():
    """At once the first time, later the next times, and not at all after too many."""
    dead = replace(STEADY, alive=False)
    assert decide(replace(dead, deaths=(100.0,))) == Start("2")
    assert decide(replace(dead, deaths=(99.5, 100.0))) == Wait()
    assert decide(replace(dead, deaths=(99.5, 100.0), now=101.0)) == Start("2")
    many = tuple(float(n) for n in range(MOST_DEATHS + 1))
    assert isinstance(decide(replace(dead, deaths=many)), GiveUp)
    assert decide(replace(dead, deaths=many, now=WINDOW_S + 50.0)) == Start("2")
    assert decide(replace(dead, trying=Trying("2", "bad", "died"))) == CountDeath("died")
    assert [delay_s(n) for n in (1, 2, 3, 4, 20)] == [0.0, 1.0, 2.0, 4.0, 30.0]


def test_a_dead_version_comes_before_a_new_one_unless_it_dies_again():
    """A new version may take minutes: the old one answers meanwhile, unless it keeps dying and the new one may help."""
    dead = replace(MOVED, alive=False, deaths=(100.0,))
    assert decide(dead) == Start("2")
    assert decide(replace(dead, trying=Trying("3"))) == Drop()
    assert decide(replace(dead, trying=Trying("3", "good"))) == Take("3")
    assert decide(replace(dead, deaths=(99.0, 100.0))) == Start("3")
