"""Learning curves: who is stopped before the last epoch, and who is not."""

from itertools import pairwise

import pytest

from mlprojects.contract.curves import LEAST, POINTS, WORST, Pace, bests, hopeless, noise_of, score_of

GOOD = [1 - 0.5 * 0.8**epoch for epoch in range(40)]
"""A curve as they are: steep at first, then flat."""


def pace(*curves):
    """The pace that five trials with these curves set, the last one several times."""
    return Pace.of([bests(curve) for curve in (*curves, *[curves[-1]] * (LEAST - len(curves)))])


def test_the_points_are_close_at_first_and_reach_far():
    """No two neighbours are further from each other than a quarter."""
    assert POINTS[:8] == (5, 6, 7, 8, 10, 12, 15, 18)
    assert all(later <= 1.25 * earlier + 1 for earlier, later in pairwise(POINTS))
    assert POINTS[-1] >= 100_000


def test_a_curve_is_remembered_by_its_best_so_far():
    """At each point that it has passed, and at its end; a drop at the end is no loss."""
    curve = [0.1, 0.2, 0.5, 0.3, 0.3, 0.6, 0.4]
    assert bests(curve) == (0.5, 0.6, 0.6)
    assert bests(curve[:3]) == (0.5,)
    assert bests([]) == ()


def test_a_few_trials_set_no_pace():
    """Nobody is judged by four others, or by trials that tell nothing."""
    assert Pace.of([bests(GOOD)] * (LEAST - 1)) is None
    assert Pace.of([*[bests(GOOD)] * (LEAST - 1), ()]) is None


def test_who_ended_before_counts_with_what_it_came_to():
    """After ten epochs a trial of six epochs is still one of the five."""
    short = pace([0.9] * 6, [0.2] * 40)
    assert short.at(10) == short.at(40) == 0.2
    assert pace([0.2] * 40, [0.9] * 6).at(40) == 0.9


def test_one_that_learns_nothing_is_stopped_when_it_had_its_share_of_epochs():
    """A fifth of its epochs, and five at least."""
    level = [0.5] * 40
    assert [epoch for epoch in range(41) if hopeless(level[:epoch], 40, pace(GOOD))][:1] == [8]
    assert not hopeless([0.5] * 4, 10, pace(GOOD))
    assert hopeless([0.5] * 5, 10, pace(GOOD))


def test_one_that_learns_slowly_goes_on():
    """It is below all others, but at this rate it would pass them; when it has flattened out it is stopped."""
    slow = [0.5 + 0.01 * epoch for epoch in range(80)]
    assert not any(hopeless(slow[:epoch], 80, pace(GOOD)) for epoch in range(81))
    flattened = [*slow[:20], *[slow[19]] * 60]
    assert hopeless(flattened[:40], 80, pace(GOOD))


def test_one_above_half_of_the_others_goes_on():
    """Also where it cannot come up with the best."""
    middling = pace([0.4] * 20, [0.5] * 20, GOOD, [0.45] * 20)
    assert not hopeless([0.6] * 20, 40, middling)


def test_the_best_of_one_search_is_never_stopped_by_the_others():
    """Nobody is who has come as far as the best, whatever the others did."""
    assert not any(hopeless(GOOD[:epoch], 40, pace(GOOD)) for epoch in range(41))


def test_a_difference_that_is_chance_stops_nobody():
    """With few rows a score a little below half of the others may be above them."""
    level, others = [0.70] * 20, pace([0.72] * 20)
    assert hopeless(level, 40, others)
    assert not hopeless(level, 40, others, noise_of(0.70, 100))
    assert hopeless(level, 40, others, noise_of(0.70, 100_000))


def test_a_loss_that_is_no_number_is_hopeless():
    """Training that diverged does not come back."""
    diverged = [score_of({"val_loss": float("nan")}, "r2"), *[score_of({"val_loss": None}, "r2")] * 9]
    assert set(diverged) == {WORST}
    assert hopeless(diverged, 20, pace([-1.0 / epoch for epoch in range(1, 20)]))


@pytest.mark.parametrize(
    ("logs", "metric", "score"),
    [
        ({"val_acc": 0.5, "val_loss": 2.0}, "accuracy", 0.5),
        ({"val_sparse_categorical_accuracy": 0.5}, "accuracy", 0.5),
        ({"val_loss": 2.0}, "accuracy", -2.0),
        ({"val_accuracy": 0.5, "val_loss": 2.0}, "f1_macro", -2.0),
        ({"val_accuracy": None, "val_loss": 2.0}, "accuracy", WORST),
        ({"accuracy": 0.9, "loss": 0.1}, "accuracy", None),
    ],
)
def test_what_an_epoch_says_of_the_validation_rows(logs, metric, score):
    """The accuracy where that is asked for, else the loss turned round; of training rows nothing."""
    assert score_of(logs, metric) == score
