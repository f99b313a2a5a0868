"""When what is sent: decisions over entries and a time, without a disk or a server."""

import pytest

from pipelines.notify.schedule import (
    FIRST_WAIT_S,
    GIVE_UP_S,
    HOLD_S,
    LONGEST_WAIT_S,
    Entry,
    Progress,
    Told,
    delivered,
    due,
    failed,
    told_of_failures,
)

NOW = 2_000_000_000.0


def entry(event, put_at):
    """An event that goes to two channels."""
    return Entry(event=event, put_at=put_at, progress={"a": Progress(), "x": Progress()})


def ids(batches):
    """The events of each batch."""
    return [[one.event.id for one in batch.entries] for batch in batches]


def test_the_wait_doubles_up_to_a_bound():
    """Each failure waits twice as long as the one before, and never longer than the bound."""
    progress, waits = Progress(), []
    for _ in range(12):
        progress = failed(progress, NOW, NOW, "down")
        waits.append(progress.next_at - NOW)
    assert waits[:3] == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]
    assert waits[-1] == LONGEST_WAIT_S


def test_at_least_one_attempt_is_made_however_old_it_is(event):
    """An event from before a long standstill is tried, and given up only when that fails."""
    old = entry(event(), NOW - 10 * GIVE_UP_S)
    assert len(due([old], "a", None, NOW)) == 1
    assert failed(Progress(), old.put_at, NOW, "down").ended == "given_up"
    assert delivered(Progress(), NOW).ended == "delivered"


def test_a_clock_that_was_set_back_stops_nothing(event):
    """A time to try again that is further away than any wait is taken for a wrong clock."""
    waiting = entry(event(), NOW).moved("a", Progress(attempts=1, next_at=NOW + 2 * LONGEST_WAIT_S))
    soon = entry(event(id="soon"), NOW).moved("a", Progress(attempts=1, next_at=NOW + 1))
    assert ids(due([waiting, soon], "a", None, NOW)) == [[event().id]]


def test_the_oldest_goes_first_and_failures_together(event, failure):
    """Other events are messages of their own; all failures are one."""
    entries = [
        entry(failure(2), 3),
        entry(event(id="b"), 2),
        entry(failure(1), 1),
        entry(event(id="a"), 0),
    ]
    assert ids(due(entries, "x", None, NOW)) == [["a"], [failure(1).id, failure(2).id], ["b"]]


def test_a_new_failure_does_not_hurry_the_digest(failure):
    """While the digest waits to be tried again, a failure that joins it waits too."""
    old = entry(failure(1), NOW).moved("x", Progress(attempts=1, next_at=NOW + 10))
    assert due([old, entry(failure(2), NOW)], "x", None, NOW) == []


@pytest.mark.parametrize(("later", "batches"), [(0, 0), (HOLD_S - 1, 0), (HOLD_S, 1), (-5, 1)])
def test_failures_are_held_after_one_was_told(failure, later, batches):
    """For the hold's time, counted from the last message about failures."""
    told = Told(at=NOW)
    assert len(due([entry(failure(1), NOW)], "x", told, NOW + later)) == batches


def test_the_hold_grows_while_failures_go_on():
    """A platform that is broken for days sends a message every few hours; a quiet time starts anew."""
    told = told_of_failures(None, NOW)
    for _ in range(10):
        told = told_of_failures(told, told.at + told.hold_s)
    assert told.hold_s == LONGEST_WAIT_S
    assert told_of_failures(told, told.at + 2 * told.hold_s).hold_s == HOLD_S
