"""Schedules of the learning rate that last for more epochs, without Keras."""

import pytest

from mlprojects.keras.schedules import slower, stretched


def rates(schedule, epochs, rate=1.0):
    """The rate in each epoch, as a callback would set it."""
    found = []
    for epoch in range(epochs):
        rate = schedule(epoch, rate)
        found.append(rate)
    return found


@pytest.mark.parametrize("schedule", [lambda epoch: 0.5**epoch, lambda epoch, rate: rate * 0.5 if epoch else rate])
def test_a_schedule_over_epochs_takes_its_time(schedule):
    """One that knows the epoch and one that multiplies the rate end where they would have, later."""
    assert rates(slower(schedule, 2), 6) == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]


def test_a_schedule_that_is_not_stretched_is_the_same():
    """Asked in each epoch, with the rate that is set."""
    assert rates(slower(lambda epoch, rate: rate / 2 + epoch, 1.0), 4) == [0.5, 1.25, 2.625, 4.3125]


def test_a_second_fit_with_the_same_callback_is_no_slower():
    """Slowed twice is slowed once."""
    once = slower(lambda epoch: 0.5**epoch, 2)
    assert rates(slower(once, 2), 6) == rates(once, 6)


def test_only_counts_of_steps_are_stretched():
    """Rates stay what they are, and a warm-up of no steps stays none."""
    config = {"initial_learning_rate": 0.1, "decay_steps": 20, "boundaries": [3, 5], "warmup_steps": 0, "alpha": None}
    longer = {**config, "decay_steps": 80, "boundaries": [12, 20]}
    assert stretched(config, 4.0) == longer


def test_a_smaller_batch_stretches_by_a_fraction():
    """Counts stay whole numbers."""
    assert stretched({"decay_steps": 15, "name": "decay"}, 0.5) == {"decay_steps": 8, "name": "decay"}
