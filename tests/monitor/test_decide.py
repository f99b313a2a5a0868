"""What the monitor does about what it finds."""

import pytest

from pipelines.monitor.decide import Abandon, ContainerFact, Remove, Resume, SearchFact, decide
from pipelines.restarts import RULES


def test_only_a_search_whose_driver_died_is_resumed():
    """Not one that runs, has ended, was stopped by its user, failed by the platform, or of which nothing is kept."""
    states = ["running", "interrupted", "stopped", "failed", "given_up", "ended", "unknown"]
    found = decide([SearchFact(state, state) for state in states], [], 100.0)
    assert found == [Resume("interrupted", "its driver died", 1)]


def test_the_back_off_and_the_bound():
    """At once, then 2, 4, 8 ... s after the last time; after the last one it is given up with the reason."""
    times, now, waits = [], 0.0, []
    while True:
        (action,) = decide([SearchFact("a", "interrupted", tuple(times))], [], now) or [None]
        if isinstance(action, Abandon):
            break
        if action is None:
            now += 1.0
            continue
        assert action.counter == len(times) + 1
        waits.append(now - (times[-1] if times else 0.0))
        times.append(now)
    assert waits == [0.0, 2.0, 4.0, 8.0, 16.0]
    assert action.reason == "5 restarts within 15 minutes did not help; its driver died"


def test_a_driver_that_lived_long_enough_is_no_reason_to_give_up():
    """Restarts of before the window do not count."""
    window = RULES["driver"].window_s
    old = tuple(float(second) for second in range(5))
    assert decide([SearchFact("a", "interrupted", old)], [], window + 10) == [Resume("a", "its driver died", 6)]


def test_a_search_in_a_container_waits_for_the_engine():
    """It would lose its isolation; one in a local process goes on, and so does one that has no sandbox yet."""
    searches = [SearchFact(kind or "none", "interrupted", sandbox=kind) for kind in ("docker", "process", "")]
    assert [action.search for action in decide(searches, None, 100.0)] == ["process", "none"]
    assert len(decide(searches, [], 100.0)) == 3


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("running", None),
        ("interrupted", None),
        ("ended", "its search has ended"),
        ("stopped", "its search has been stopped"),
        ("failed", "its search has failed"),
        ("given_up", "its search has been given up"),
        ("unknown", "nobody drives it any more"),
        (None, "the folder of its search is gone"),
    ],
)
def test_a_container_that_no_driver_needs_is_removed(state, reason):
    """One of an interrupted search stays: its trial goes on in there, and the next driver takes it over."""
    searches = [] if state is None else [SearchFact("a", state, (95.0, 99.5))]
    found = decide(searches, [ContainerFact("c1", "a")], 100.0)
    assert found == ([] if reason is None else [Remove("c1", "a", reason)])
