"""A search against a sandbox that writes journals as a real one does."""

import json

import pytest

from mlprojects.contract.trial import tweak_key
from pipelines.errors import PlatformError
from pipelines.restarts import RULES, Death
from pipelines.search.baseline import FOLDS
from pipelines.search.trials import GRACE_S
from tests.pipelines.simulated import scaling_helps, trial_of


def test_a_baseline_at_the_target_needs_no_search(make, described):
    """One trial, with the empty tweak, and that is the best."""
    search, sandbox, watcher, _ = make(trial_of(lambda _: (0.9, 0.85), described))
    result = search.run()
    assert (result.reached, result.stopped, result.looks) == (True, "reached", 1)
    assert result.best is result.baseline
    assert [(spec.role, spec.tweak, spec.save_model) for spec, _ in watcher.submissions] == [
        ("baseline", {}, "if_reached")
    ]
    assert sandbox.starts == 1


def test_a_search_reaches_the_target_and_confirms_it(make, described):
    """The script as written and the first rung are validated, the better one is confirmed on all rows and saved."""
    search, _, watcher, _ = make(trial_of(scaling_helps, described))
    result = search.run()
    assert (result.reached, result.stopped, result.looks) == (True, "reached", 2)
    assert (result.best.role, result.best.tweak, result.best.test.value) == ("confirm", {"scaler": "standard"}, 0.93)
    assert result.validation_of(result.best) == 0.95
    assert result.validation_of(result.baseline) == 0.5
    assert [(spec.trial, spec.role, spec.save_model) for spec, _ in watcher.submissions] == [
        (0, "baseline", "if_reached"),
        (1, "search", "never"),
        (2, "search", "never"),
        (3, "confirm", "always"),
    ]
    assert [origin for _, origin in watcher.submissions] == ["baseline", "ladder", "ladder", "confirm"]
    assert [outcome.trial for outcome in watcher.outcomes] == [0, 1, 2, 3]
    assert (3, "finished") in watcher.events


def test_search_trials_are_gated_and_cross_validated(make, described):
    """After the baseline, trials know which model counts; a small quick scikit-learn one is cross-validated."""
    search, _, watcher, _ = make(trial_of(scaling_helps, lambda: described(gate=2)))
    search.run()
    assert [(spec.gate, spec.folds) for spec, _ in watcher.submissions] == [(None, 1), *[(2, FOLDS)] * 3]


def test_a_large_model_is_not_cross_validated(make, described):
    """Many rows make one held-out part good enough."""
    search, _, watcher, _ = make(trial_of(scaling_helps, lambda: described(rows=100_000)))
    search.run()
    assert {spec.folds for spec, _ in watcher.submissions} == {1}


def test_sealed_scores_are_not_looked_at(make, described):
    """No search trial's outcome has a test score, though each wrote one."""
    search, sandbox, _, _ = make(trial_of(scaling_helps, described))
    result = search.run()
    searched = [outcome for outcome in result.history if outcome.role == "search"]
    assert all(outcome.test is None for outcome in searched)
    assert all(sandbox.spool.paths.trial(outcome.trial).sealed.exists() for outcome in searched)


def test_a_disappointing_look_is_followed_by_better_ones_only(make, described):
    """A tweak that validates well and tests badly is passed; the next look is at one that validates better."""

    def score(tweak):
        if tweak.get("C") == 10.0:
            return 0.97, 0.9
        return (0.9, 0.7) if "scaler" in tweak else (0.5, 0.55)

    search, _, watcher, _ = make(trial_of(score, described))
    result = search.run()
    assert (result.reached, result.looks) == (True, 3)
    looks = [spec.tweak for spec, _ in watcher.submissions if spec.role == "confirm"]
    assert looks == [{"scaler": "standard"}, {"scaler": "standard", "C": 10.0}]


def test_a_tweak_that_is_seen_again_has_other_rows_held_out(make, described):
    """Each trial of one tweak has a seed of its own, and its look that of the search."""

    def score(tweak):
        return (0.83, 0.79) if tweak == {"scaler": "standard"} else (0.5, 0.55)

    search, _, watcher, _ = make(trial_of(score, described))
    search.run()
    trials = [(spec.role, spec.seed) for spec, _ in watcher.submissions if spec.tweak == {"scaler": "standard"}]
    assert trials == [("search", 0), ("confirm", 0), ("search", 1), ("search", 2)]


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_the_budget_counts_every_run_of_the_script(make, described, most):
    """Never more trials than allowed; the last one is a look, where there is something to look at."""

    def score(tweak):
        return (0.6 + min(0.1, len(tweak_key(tweak)) / 1000), 0.6)

    search, sandbox, _, _ = make(trial_of(score, described), max_trials=most)
    result = search.run()
    assert (result.reached, result.stopped) == (False, "the trials are spent")
    assert len(sandbox.done) == len(result.history) <= most
    if most > 3:
        assert result.history[-1].role == "confirm"
        assert len(result.history) == most


def test_the_time_is_spent(make, described):
    """A search that is out of time starts no new tweak, looks at its best one and ends."""

    def slow(spec, journal, paths):
        clock.now += 100
        trial_of(lambda tweak: (0.6 if tweak else 0.5, 0.6), described)(spec, journal, paths)

    search, _, watcher, clock = make(slow, timeout_s=250.0)
    result = search.run()
    assert result.stopped == "the time is spent"
    assert [spec.role for spec, _ in watcher.submissions] == ["baseline", "search", "search", "confirm"]
    assert [spec.timeout_s < 250 for spec, _ in watcher.submissions] == [False, True, True, True]
    assert watcher.submissions[-1][0].timeout_s >= 60


def test_every_tweak_was_tried(make, described):
    """A model without knobs is validated once, as it is, and that is the end."""
    search, _, _, _ = make(trial_of(lambda _: (0.5, 0.5), lambda: described(knobs={}, choices={})))
    result = search.run()
    assert (result.stopped, len(result.history), result.best is result.baseline) == ("every tweak was tried", 2, True)


def test_slots_are_used(make, described):
    """With three slots, three tweaks are under way at once, and beyond the ladder one more waits, never two."""
    most = []

    def does(spec, journal, paths):
        trial_of(lambda _: (0.5, 0.5), described)(spec, journal, paths)

    search, _, _, _ = make(does, slots=3, dies=lambda box: most.append(len(search.trials.pending)))
    search.run()
    assert most == [1, 3, 4, 1]  # the baseline; three rungs; three rungs and a draw; a draw


def test_a_sandbox_that_dies_is_started_again(make, described):
    """Twice; the watchers are told why; the search goes on."""

    def dies(box):
        dead = box.starts <= 2 and len(box.done) == box.starts
        return Death("infrastructure", "the container was removed") if dead else None

    search, sandbox, watcher, _ = make(trial_of(scaling_helps, described), dies=dies)
    result = search.run()
    assert result.reached
    assert sandbox.starts == 3
    assert watcher.restarts == ["the container was removed"] * 2


def test_a_sandbox_that_dies_again_and_again_is_the_platforms_failure(make, described):
    """After the last restart the search ends with the reason of the last death."""
    search, sandbox, watcher, _ = make(
        trial_of(scaling_helps, described), dies=lambda _: Death("infrastructure", "no kernel")
    )
    with pytest.raises(PlatformError, match="8 restarts within 15 minutes did not help; no kernel"):
        search.run()
    assert sandbox.starts == 1 + RULES["infrastructure"].most
    assert len(watcher.restarts) == RULES["infrastructure"].most


def test_a_sandbox_that_says_nothing_is_not_waited_for_for_ever(make):
    """A trial that does not end in its time and some grace is closed from outside."""
    search, _, _, clock = make(lambda *_: None, timeout_s=30.0)
    with pytest.raises(PlatformError, match="did not end the trial in time"):
        search.run()
    assert 30.0 + GRACE_S < clock.now < 40.0 + GRACE_S


def test_failed_trials_are_counted_and_passed(make, described):
    """A tweak that fails does not end the search, nor does one whose journal is broken."""

    def does(spec, journal, paths):
        if spec.tweak == {}:
            trial_of(scaling_helps, described)(spec, journal, paths)
        elif spec.tweak == {"scaler": "standard"}:
            paths.journal.write_text("broken\n")
        elif spec.tweak == {"scaler": "minmax"}:
            journal.append("failed", kind="trial", reason="no", where="")
        else:
            trial_of(lambda _: (0.9, 0.9), described)(spec, journal, paths)

    search, _, _, _ = make(does)
    result = search.run()
    assert result.reached
    assert [outcome.failed is not None for outcome in result.history] == [False, False, True, True, False, False]


def test_a_search_in_which_everything_fails_gives_up(make, described):
    """It ends before its budget with the last reason."""

    def does(spec, journal, paths):
        if spec.role == "baseline":
            trial_of(scaling_helps, described)(spec, journal, paths)
        else:
            journal.append("failed", kind="trial", reason="no space left", where="")

    result = make(does, max_trials=40)[0].run()
    assert result.stopped == "every trial failed: no space left"
    assert len(result.history) < 10


def test_the_best_is_the_best_test_score_looked_at(make, described):
    """A confirmed tweak that tests worse than the baseline does not replace it."""
    search, _, _, _ = make(trial_of(lambda tweak: (0.9, 0.4) if tweak else (0.5, 0.6), described), max_trials=5)
    result = search.run()
    assert not result.reached
    assert result.best is result.baseline
    assert result.looks >= 2


def test_a_journal_that_grows_is_followed(make, described):
    """Events are passed on as they come, before the trial has ended."""
    state = {}

    def does(spec, journal, paths):
        journal.append("started", attempt=1, pid=1)
        journal.append("epoch", step=0, model=0, logs={"loss": 1.0})
        state["rest"] = (spec, journal, paths)

    def dies(box):
        if "rest" in state and clock.naps > 3:
            trial_of(lambda _: (0.9, 0.9), described)(*state.pop("rest"))

    search, _, watcher, clock = make(does, dies=dies)
    assert search.run().reached
    assert watcher.events[:2] == [(0, "started"), (0, "epoch")]
    assert watcher.ticks > 3


def test_specifications_are_whole_before_they_are_seen(make, described):
    """What the sandbox reads has the template's fields and the trial's own."""
    seen = []

    def does(spec, journal, paths):
        seen.append(json.loads(paths.spec.read_text()))
        trial_of(scaling_helps, described)(spec, journal, paths)

    make(does)[0].run()
    assert [raw["trial"] for raw in seen] == [0, 1, 2, 3]
    assert {raw["entry"] for raw in seen} == {"train.py"}
