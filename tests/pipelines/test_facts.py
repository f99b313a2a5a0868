"""Journal events as facts: what comes from inside is checked."""

import pytest

from mlprojects.contract.trial import TrialSpec
from pipelines.errors import TrialError
from pipelines.facts import Outcome, validate
from pipelines.restarts import out_of_memory

EVALUATED = {
    "event": "evaluated",
    "time": 1.0,
    "split": "test",
    "metric": "accuracy",
    "value": 0.5,
    "rows": 10,
    "interval": [0.2, 0.8],
    "evidence": "score(X, y)",
}
DESCRIBED = {
    "event": "described",
    "time": 1.0,
    "gate": 0,
    "models": 1,
    "where": "train.py:3",
    "task": "classification",
    "rows": 100,
    "input_shape": [13],
    "classes": 3,
    "data_fingerprint": "ab",
    "estimator": "SVC",
    "knobs": {"C": 1.0, "probability": True, "max_depth": None, "n": 3, "kernel": "rbf"},
    "choices": {"scaler": ["none", "standard"]},
    "alternatives": {"SVC": {"C": 1.0}},
    "summary": "SVC()",
}
STARTED = {"event": "started", "time": 1.0, "attempt": 1, "pid": 3}
EPOCH = {"event": "epoch", "time": 1.0, "step": 0, "model": 0, "logs": {"loss": 1.0, "acc": None}}
FINISHED = {"event": "finished", "time": 9.0, "fit_seconds": 1.5, "seconds": 2.0}
FAILED = {"event": "failed", "time": 9.0, "kind": "trial", "reason": "no", "where": ""}
FAULT = {"event": "fault", "time": 1.0, "reason": "TypeError"}
SAVED = {"event": "saved", "time": 1.0, "format": "skops"}
CONFUSION = {"labels": ["a", "b"], "counts": [[3, 1], [2, 4]]}
NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    "raw",
    [EVALUATED, DESCRIBED, STARTED, EPOCH, FINISHED, FAILED, FAULT, SAVED, EVALUATED | {"confusion": CONFUSION}],
    ids=lambda raw: raw["event"],
)
def test_events_as_the_inside_writes_them(raw):
    """Every event passes with its values; a field of a newer inside is ignored."""
    event = validate(raw | {"new_field": 1})
    for name, value in raw.items():
        if name not in ("pid", "interval", "confusion"):
            assert getattr(event, name) == value
    assert not hasattr(event, "new_field")


def test_values_of_knobs_keep_their_types():
    """A truth value does not become a number, a number does not become text."""
    knobs = validate(DESCRIBED).knobs
    assert {name: type(value) for name, value in knobs.items()} == {
        "C": float,
        "probability": bool,
        "max_depth": type(None),
        "n": int,
        "kernel": str,
    }


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"event": "party", "time": 1.0},
        EVALUATED | {"value": None},
        EVALUATED | {"value": NAN},
        EVALUATED | {"value": INFINITE},
        EVALUATED | {"rows": 0},
        EVALUATED | {"split": "training"},
        EVALUATED | {"interval": [0.1]},
        EVALUATED | {"interval": [NAN, 1.0]},
        EVALUATED | {"time": NAN},
        EVALUATED | {"time": INFINITE},
        EVALUATED | {"time": 1e300},
        EVALUATED | {"confusion": {"labels": ["a", "b"], "counts": [[1, 2]]}},
        EVALUATED | {"confusion": {"labels": ["a", "b"], "counts": [[1, 2], [3]]}},
        EVALUATED | {"evidence": "x" * 3000},
        EVALUATED | {"rows": 10**400},
        EVALUATED | {"confusion": {"labels": [], "counts": []}},
        EVALUATED | {"confusion": {"labels": ["a"] * 300, "counts": [[1] * 300] * 300}},
        EVALUATED | {"also": {str(n): 0.5 for n in range(30)}},
        EPOCH | {"model": 10**400},
        EPOCH | {"logs": {str(n): 0.5 for n in range(300)}},
        EPOCH | {"step": -1},
        EPOCH | {"step": 2**70},
        EPOCH | {"logs": {"loss": "high"}},
        FINISHED | {"fit_seconds": -1},
        FINISHED | {"seconds": INFINITE},
        FINISHED | {"script_error": {"colour": "red"}},
        FAILED | {"kind": "weather"},
        FAILED | {"reason": "x" * 3000},
        DESCRIBED | {"gate": -1},
        DESCRIBED | {"knobs": {"C": [1]}},
        DESCRIBED | {"knobs": {"C": NAN}},
        DESCRIBED | {"knobs": {"epochs": 10**400}},
        DESCRIBED | {"knobs": {str(n): n for n in range(300)}},
        DESCRIBED | {"rows": 10**400},
        DESCRIBED | {"summary": "x" * 1_000_001},
    ],
    ids=lambda raw: "-".join([str(raw.get("event")), *map(str, list(raw)[-1:])]),
)
def test_events_that_would_harm_the_outside(raw):
    """Numbers that are none, sizes that are too large and shapes that do not fit are the trial's failure."""
    with pytest.raises(TrialError, match="journal") as caught:
        validate(raw)
    assert "\n" not in str(caught.value)


def outcome(*raws, gate=0):
    """The outcome of events."""
    spec = TrialSpec(3, "search", "sklearn", "train.py", tweak={"C": 2.0}, gate=gate)
    return Outcome.of(spec, [validate(raw) for raw in raws], "tpe")


def test_the_outcome_of_a_trial():
    """Scores by their split, description, saved model and times are folded together."""
    validation = EVALUATED | {"split": "validation", "value": 0.9}
    found = outcome(STARTED, EPOCH, validation, EVALUATED, DESCRIBED, SAVED, FAULT, FINISHED)
    assert (found.validation.value, found.test.value) == (0.9, 0.5)
    assert (found.described.estimator, found.saved, found.faults) == ("SVC", True, ("TypeError",))
    assert (found.fit_seconds, found.seconds, found.failed, found.script_error) == (1.5, 2.0, None, None)
    assert (found.trial, found.role, found.tweak, found.origin) == (3, "search", {"C": 2.0}, "tpe")


def test_a_second_attempt_replaces_the_first():
    """Nothing of an attempt that was cut off is left."""
    cut = [STARTED, EVALUATED, SAVED, FAULT, FAILED]
    found = outcome(*cut, STARTED | {"attempt": 2}, FINISHED)
    assert (found.test, found.saved, found.faults, found.failed) == (None, False, (), None)
    assert found.seconds == 2.0


def test_of_two_scores_the_last_counts():
    """A script that fits again is scored again."""
    assert outcome(EVALUATED, EVALUATED | {"value": 0.75}, FINISHED).test.value == 0.75


def test_the_loss_is_that_of_the_gated_models_last_epoch():
    """Other models' epochs say nothing, nor does an epoch that is no number."""
    epochs = [EPOCH | {"model": model, "logs": {"val_loss": loss}} for model, loss in ((1, 0.9), (1, 0.4), (2, 0.1))]
    assert outcome(STARTED, *epochs, FINISHED, gate=1).loss == 0.4
    assert outcome(STARTED, *epochs, FINISHED, gate=0).loss is None
    diverged = EPOCH | {"model": 1, "logs": {"val_loss": None}}
    assert outcome(STARTED, *epochs, diverged, FINISHED, gate=1).loss is None


def scored(*scores, start=0, model=0):
    """Epochs with these validation accuracies."""
    return [EPOCH | {"step": start + n, "model": model, "logs": {"val_accuracy": s}} for n, s in enumerate(scores)]


def test_the_learning_curve_is_that_of_the_gated_models_one_fit():
    """Also over two attempts; of folds, and of trials that hold nothing out, there is none."""
    assert outcome(STARTED, *scored(0.9, model=1), *scored(0.2, 0.4, 0.3), FINISHED).curve == (0.4,)
    resumed = [*scored(0.1, 0.2, 0.3, 0.4), STARTED | {"attempt": 2}, *scored(0.5, 0.6, 0.7, start=3), FINISHED]
    assert outcome(STARTED, *resumed).curve == (0.6, 0.7)
    assert outcome(STARTED, *scored(0.1, 0.2), *scored(0.1, 0.2), FINISHED).curve == ()
    assert outcome(STARTED, EPOCH, FINISHED).curve == ()


def test_a_fit_that_was_stopped_says_why():
    """Its score counts all the same."""
    stopped = {"event": "stopped", "time": 1.0, "reason": "after 8 of 40 epochs at 0.5"}
    found = outcome(STARTED, stopped, EVALUATED | {"split": "validation"}, FINISHED)
    assert (found.stopped, found.validation.value) == ("after 8 of 40 epochs at 0.5", 0.5)


def test_a_script_error_in_one_text():
    """Place and reason are said together."""
    error = {"kind": "source", "where": "train.py:9", "reason": "NameError: x"}
    assert outcome(FINISHED | {"script_error": error}).script_error == "train.py:9: NameError: x"


def test_a_failed_trial():
    """The failure is kept with its kind."""
    assert outcome(STARTED, FAILED).failed.kind == "trial"


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("MemoryError", "out_of_memory"),
        ("_ArrayMemoryError: Unable to allocate 745. GiB for an array with shape (100000,)", "out_of_memory"),
        ("ResourceExhaustedError: {{function_node Mul}} failed to allocate memory", "out_of_memory"),
        ("InternalError: OOM when allocating tensor with shape[50000,4096]", "out_of_memory"),
        ("ValueError: MemoryError is not a knob", None),
    ],
)
def test_a_script_that_was_refused_memory_ran_out_of_it(reason, cause):
    """An exception that says so counts as out of memory, so that the trial is tried again with more, or with less."""
    ended = outcome({"event": "failed", "time": 1.0, "kind": "source", "reason": reason})
    assert ended.failed.cause == cause
    assert out_of_memory(ended) == (cause is not None)
