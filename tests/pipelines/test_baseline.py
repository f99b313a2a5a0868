"""What a search makes of the script as written: a baseline, a hold-out set of its own, or a reason."""

import pytest

from pipelines.errors import PlatformError, SourceError
from pipelines.search.baseline import HOLDOUT
from tests.pipelines.simulated import scaling_helps, trial_of


def test_a_script_without_a_test_runs_again_with_rows_set_aside(make, described):
    """The second baseline, and all trials after it, set the same share of rows aside."""
    search, _, watcher, _ = make(trial_of(scaling_helps, described, test_always=False))
    result = search.run()
    assert result.reached
    assert [(spec.role, spec.holdout_fraction) for spec, _ in watcher.submissions] == [
        ("baseline", 0.0),
        ("baseline", HOLDOUT),
        ("search", HOLDOUT),
        ("search", HOLDOUT),
        ("confirm", HOLDOUT),
    ]
    assert result.baseline.trial == 1


def test_a_script_without_a_test_needs_two_trials(make, described):
    """With a budget of one it is said what would help."""
    search, sandbox, _, _ = make(trial_of(scaling_helps, described, test_always=False), max_trials=1)
    with pytest.raises(SourceError, match="--max-trials 2"):
        search.run()
    assert len(sandbox.done) == 1


def test_a_handful_of_rows_is_not_measured(make, described):
    """One right answer of one (the truth table of OR) would be 100 %: none are set aside, and that is said."""
    few = trial_of(scaling_helps, lambda: described(rows=4), test_always=False)
    with pytest.raises(SourceError, match="4 rows are too few to set any aside") as raised:
        make(few)[0].run()
    assert raised.value.status == "unsupported"


def test_a_script_of_which_no_rows_can_be_set_aside(make, described):
    """It trains, and nothing can be measured."""

    def does(spec, journal, paths):
        journal.append("described", **described().model_dump(exclude={"event", "time"}))
        journal.append("finished", fit_seconds=0.5, seconds=1.0)

    with pytest.raises(SourceError, match=r"train\.py"):
        make(does)[0].run()


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [("source", SourceError, "failed"), ("trial", SourceError, "failed"), ("platform", PlatformError, "failed")],
)
def test_a_baseline_that_fails_ends_the_run(make, kind, error, status):
    """The user's failure is the user's, ours is ours; both say where and why."""

    def does(spec, journal, paths):
        journal.append("failed", kind=kind, reason="KeyError: 'x'", where="train.py:7")

    with pytest.raises(error, match="KeyError: 'x'") as caught:
        make(does)[0].run()
    assert caught.value.status == status
    assert kind == "platform" or str(caught.value).startswith("train.py:7: ")


def test_a_regression_is_not_supported(make, described):
    """Accuracy is asked of classifiers only: what was trained is measured and said, with what would gate it."""
    does = trial_of(scaling_helps, lambda: described(task="regression", estimator="Ridge"))
    with pytest.raises(SourceError, match=r"train\.py:3: Ridge was trained .* --metric r2 --target 0\.8") as caught:
        make(does)[0].run()
    assert caught.value.status == "unsupported"
