"""What is started again, how often and how soon: the table and the decisions over it."""

import pytest

from pipelines.restarts import RULES, Again, Death, GiveUp, Memory, Past, answered, decide, decide_sandbox
from pipelines.search.space import build_space, lighter

KILLED = Death("infrastructure", "the container was removed")
GREEDY = Death("out_of_memory", "out of memory at 512 MiB")


def test_the_back_off_doubles_up_to_its_limit_and_then_it_is_given_up():
    """1, 2, 4 ... seconds, no more than the rule says, and the last reason stands in what is said at the end."""
    rule, past, waits = RULES["infrastructure"], [], []
    while isinstance(step := decide(KILLED, past, 100.0), Again):
        waits.append(step.after_s)
        past.append(Past(100.0, "infrastructure"))
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert len(waits) == rule.most
    assert step == GiveUp("8 restarts within 15 minutes did not help; the container was removed")


def test_only_the_same_cause_within_the_window_counts():
    """A restart of long ago, or for another cause, makes nothing worse."""
    window = RULES["infrastructure"].window_s
    past = [Past(0.0, "infrastructure")] * 8 + [Past(window, "hang")] * 8
    assert decide(KILLED, past, window + 1) == Again(1.0)


def test_the_scripts_own_error_is_never_started_again():
    """It would fail again."""
    assert decide(Death("error", "KeyError: 'x'"), [], 0.0) == GiveUp("KeyError: 'x'")


def test_a_trial_under_which_the_sandbox_dies_again_and_again_is_given_up():
    """The third death in the same way; a trial that was not under way goes on."""
    past = [Past(1.0, "infrastructure", (3,)), Past(2.0, "infrastructure", (3, 4))]
    assert decide_sandbox(KILLED, (3, 4, 5), past, 3.0, None) == Again(4.0, without=(3,))


@pytest.mark.parametrize(
    ("memory", "trials", "without", "limit"),
    [
        (Memory(512, 1024), (1,), (), 1024),
        (Memory(512, 900), (1,), (), 900),
        (Memory(512, 512), (1,), (1,), None),
        (None, (1,), (1,), None),
        (Memory(512, 512), (1, 2), (), None),
    ],
    ids=["more", "up to the highest", "no more", "no limit of its own", "nobody knows which"],
)
def test_out_of_memory_is_answered_with_more_or_without_the_trial(memory, trials, without, limit):
    """A higher limit while there is one; then the one trial under way is given up; of several none at first."""
    assert decide_sandbox(GREEDY, trials, [], 0.0, memory) == Again(1.0, without, limit)


def test_of_several_greedy_trials_the_ones_of_the_second_time_are_given_up():
    """Whoever was under way both times."""
    step = decide_sandbox(GREEDY, (1, 2), [Past(0.0, "out_of_memory", (2, 3))], 1.0, Memory(512, 512))
    assert step == Again(2.0, without=(2,))


def test_half_the_batch_size(described):
    """The next size of the space at half or less; none below the smallest, or where there is no such knob."""
    space = build_space("keras", described(estimator="Sequential", knobs={"batch_size": 100, "epochs": 2}, choices={}))
    assert lighter(space, {}) == {"batch_size": 32}
    assert lighter(space, {"batch_size": 128, "epochs": 4}) == {"batch_size": 64, "epochs": 4}
    assert lighter(space, {"batch_size": 16}) is None
    assert lighter(build_space("sklearn", described()), {}) is None


def test_origins_say_which_trial_they_answer():
    """As they stand on the run."""
    assert (answered("more memory than trial 12"), answered("less memory than trial 3")) == (12, 3)
    assert answered("ladder") is None
