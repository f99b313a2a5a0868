"""Which standbys there are to be."""

from __future__ import annotations

from pipelines.restarts import RULES
from pipelines.watch.wanted import APART_S, MOST, Kind, Use, fitting, latest, missing, wanted

SKLEARN, KERAS, SEEDED = Kind("sklearn"), Kind("keras"), Kind("sklearn", 3)


def test_what_the_latest_searches_ran_in_is_wanted():
    """Of each repository that is watched the newest counts; of two with the same one is enough."""
    uses = [Use("a", KERAS), Use("b", SKLEARN), Use("a", SKLEARN), Use("gone", SEEDED), Use("c", KERAS)]
    assert wanted(None, uses, {"a", "b", "c", "new"}) == [KERAS, SKLEARN]
    assert latest(uses)["a"] == KERAS
    assert wanted(None, [], {"a"}) == []


def test_the_configuration_stands_before_what_is_in_use():
    """Named environments are ready before there was a search; none named turns standbys off."""
    assert wanted(("keras", "sklearn", "keras"), [Use("a", SEEDED)], {"a"}) == [KERAS, SKLEARN]
    assert wanted((), [Use("a", SEEDED)], {"a"}) == []


def test_there_are_never_too_many():
    """The newest of many kinds are kept ready."""
    uses = [Use(f"{n}", Kind("sklearn", n)) for n in range(MOST + 3)]
    assert wanted(None, uses, {use.repository for use in uses}) == [Kind("sklearn", n) for n in range(MOST)]


def test_one_that_was_used_is_followed_by_the_next_a_little_later():
    """Its search has the processors at first; other kinds are not held up."""
    assert missing([SKLEARN, KERAS], {KERAS}, {}, {}, 0.0) == [SKLEARN]
    assert missing([SKLEARN, KERAS], set(), {SKLEARN: 100.0}, {}, 100.0 + APART_S - 0.1) == [KERAS]
    assert missing([SKLEARN, KERAS], set(), {SKLEARN: 100.0}, {}, 100.0 + APART_S) == [SKLEARN, KERAS]


def test_one_that_dies_again_and_again_is_started_ever_more_seldom():
    """The back-off is that of a sandbox; after too many within its window it is left for a while."""
    rule = RULES["infrastructure"]
    assert missing([KERAS], set(), {}, {KERAS: [10.0]}, 11.0) == []
    assert missing([KERAS], set(), {}, {KERAS: [10.0]}, 12.0) == [KERAS]
    assert missing([KERAS], set(), {}, {KERAS: [10.0, 12.0]}, 15.0) == []
    assert missing([KERAS], set(), {}, {KERAS: [10.0] * rule.most}, 10.0 + rule.window_s - 1) == []
    assert missing([KERAS], set(), {}, {KERAS: [10.0] * rule.most}, 10.0 + rule.window_s) == [KERAS]


def test_a_repository_gets_the_standby_that_fits():
    """Of one that was never searched any, if it is ready: it saves the driver's own start."""
    held = {KERAS: False, SKLEARN: True}
    assert fitting(held, KERAS) == KERAS
    assert fitting(held, SEEDED) is None
    assert fitting(held, None) == SKLEARN
    assert fitting({KERAS: False}, None) is None
