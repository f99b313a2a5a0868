"""A journal as MLflow's metrics, parameters and tags."""

from mlprojects.contract.shipping import translate
from mlprojects.contract.trial import TrialSpec

SPEC = TrialSpec(trial=1, role="search", family="keras", entry="a.py", tweak={"epochs": 4}, seed=3)
DESCRIBED = {
    "event": "described",
    "time": 5.0,
    "gate": 1,
    "estimator": "Sequential",
    "data_fingerprint": "abc",
    "knobs": {"epochs": 1, "units": 32},
}


def evaluated(split, value=0.5, time=6.25):
    """One ``evaluated`` event."""
    return {
        "event": "evaluated",
        "time": time,
        "split": split,
        "metric": "accuracy",
        "value": value,
        "rows": 40,
        "interval": (0.25, 0.75),
        "evidence": "evaluate(x, y)",
    }


def epoch(step, model, **logs):
    """One ``epoch`` event."""
    return {"event": "epoch", "time": 2.0 + step, "step": step, "model": model, "logs": logs}


def test_scores_are_named_by_split_and_metric_at_the_journals_time():
    """Value, interval and rows of a validation score carry the split's name and the event's own time."""
    batch = translate(SPEC, [evaluated("validation")])
    assert set(batch.metrics) == {
        ("validation_accuracy", 0.5, 6250, 0),
        ("validation_accuracy_low", 0.25, 6250, 0),
        ("validation_accuracy_high", 0.75, 6250, 0),
        ("validation_rows", 40.0, 6250, 0),
    }
    assert batch.tags == {"autotweak.validation_evidence": "evaluate(x, y)"}
    assert batch.status == "RUNNING"


def test_the_two_splits_have_no_name_in_common():
    """A test score never lands in a metric of the validation score."""
    names = [{m[0] for m in translate(SPEC, [evaluated(split)]).metrics} for split in ("validation", "test")]
    assert not names[0] & names[1]


def test_epochs_of_another_model_are_left_out():
    """Only the gated model's epochs are shipped, though the description comes after them."""
    events = [epoch(0, 0, loss=9.0), epoch(0, 1, loss=2.0, accuracy=None), epoch(1, 1, loss=1.0), DESCRIBED]
    batch = translate(SPEC, events)
    assert batch.metrics == [("loss", 2.0, 2000, 0), ("loss", 1.0, 3000, 1)]


def test_what_a_later_attempt_did_again_counts_once():
    """Of an epoch that two attempts have done the later one's is shown; the reasons of further attempts are a list."""
    first, again = epoch(0, 0, loss=9.0), {**epoch(0, 0, loss=8.0), "time": 50.0}
    begun = [{"event": "started", "time": float(n), "attempt": n} for n in (1, 2, 3)]
    begun[1]["reason"], begun[2]["reason"] = "the driver died", "the container was removed"
    batch = translate(SPEC, [begun[0], first, epoch(1, 0, loss=7.0), begun[1], begun[2], again])
    assert sorted(batch.metrics) == [("loss", 7.0, 3000, 1), ("loss", 8.0, 50000, 0)]
    assert batch.tags == {"autotweak.restarts": '["the driver died", "the container was removed"]'}


def test_every_run_shows_every_knob():
    """Parameters are the knobs as written with the tweak over them, and the seed."""
    assert translate(SPEC, [DESCRIBED]).params == {"epochs": "4", "units": "32", "seed": "3"}
    assert translate(SPEC, [], {"epochs": 2, "units": 8}).params == {"epochs": "4", "units": "8", "seed": "3"}


def test_a_failed_trial_is_a_failed_run():
    """The run's status and its tag say what failed and why."""
    batch = translate(SPEC, [{"event": "failed", "time": 1.0, "kind": "trial", "reason": "no", "cause": "killed"}])
    assert batch.status == "FAILED"
    assert batch.tags == {"autotweak.failure": "trial: no", "autotweak.cause": "killed"}


def test_a_finished_trial_with_a_script_error_and_a_fault():
    """Times are metrics; what went wrong without ending the trial is in tags."""
    error = {"kind": "source", "reason": "ValueError: x", "where": "a.py:3"}
    events = [
        {"event": "fault", "time": 1.0, "reason": "TypeError: y"},
        {"event": "finished", "time": 2.0, "fit_seconds": 1.5, "seconds": 2.5, "script_error": error},
    ]
    batch = translate(SPEC, events)
    assert batch.status == "FINISHED"
    assert batch.metrics == [("fit_seconds", 1.5, 2000, 0), ("trial_seconds", 2.5, 2000, 0)]
    assert "a.py:3" in batch.tags["autotweak.script_error"]
    assert batch.tags["autotweak.fault"] == "TypeError: y"


def test_translating_twice_gives_the_same_batch():
    """Nothing of a batch comes from the clock of the one who ships it."""
    events = [epoch(0, 1, loss=2.0), DESCRIBED, evaluated("test")]
    assert translate(SPEC, events) == translate(SPEC, events)
