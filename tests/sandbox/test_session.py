"""What a trial has seen, and what it makes of it."""

import numpy as np
import pytest

from mlprojects.contract.trial import TrialSpec
from mlprojects.sandbox.session import Session, Split, one_line

TRAIN, TEST = np.arange(16.0).reshape(8, 2), np.arange(100.0, 108.0).reshape(4, 2)
Y_TRAIN, Y_TEST = np.array([0, 1] * 4), np.array([0, 1, 1, 1])
RIGHT, HALF = np.array([0, 1, 1, 1]), np.array([0, 1, 0, 0])


def learn(session, model, x=TRAIN, y=Y_TRAIN):
    """Tell a session that a classifier was fitted."""
    known = session.fitted(model, x, y)
    known.facts["task"] = "classification"
    return known


@pytest.fixture
def make_session(make_spool):
    """Give a function that makes a session on an empty journal."""

    def make(**fields):
        spool = make_spool("", {})
        return Session(
            TrialSpec(**{"trial": 0, "role": "baseline", "family": "sklearn", "entry": "train.py", **fields}),
            spool.trial(0),
        )

    return make


def test_without_a_gate_every_model_may_be_the_one(make_session):
    """The baseline does not know yet which model counts; a search trial does."""
    session = make_session()
    assert session.gated(0)
    assert session.gated(5)


def test_the_gate_is_one_model(make_session):
    """With a gate, the tweak belongs to that model only."""
    session = make_session(gate=1)
    assert [session.gated(n) for n in range(3)] == [False, True, False]


def test_models_are_numbered_by_their_first_fit(make_session):
    """A model fitted again keeps its number and has the rows of its last fit."""
    session = make_session()
    first, second = object(), object()
    assert session.opening(first).ordinal == 0
    learn(session, first)
    learn(session, second)
    known = learn(session, first, TEST, Y_TEST)
    assert (known.ordinal, known.fits) == (0, 2)
    assert known.x is TEST
    assert [session.opening(m).ordinal for m in (first, second, object())] == [0, 1, 2]


def test_the_model_that_counts_is_the_last_one_evaluated(make_session):
    """Evaluated on test data before fitted last; fitted last before nothing."""
    session = make_session()
    assert session.gate() is None
    models = [object(), object(), object()]
    for model in models:
        learn(session, model)
    assert session.gate().model.ordinal == 2
    session.evaluated(models[1], TEST, Y_TEST, HALF, "score")
    assert session.gate().model.ordinal == 1


def test_a_gate_that_was_never_fitted(make_session):
    """A script that fits fewer models than it did has none that counts."""
    session = make_session(gate=1)
    learn(session, object())
    assert session.gate() is None
    assert session.conclude() == (None, None)


def test_training_rows_are_no_test(make_session):
    """The training data, a part of it, a copy of it: none is an evaluation."""
    session = make_session()
    model = object()
    learn(session, model)
    for x in (TRAIN, TRAIN[:4], TRAIN.copy()):
        session.evaluated(model, x, Y_TRAIN[: len(x)], Y_TRAIN[: len(x)], "score")
    assert session.honest() == []
    session.evaluated(model, TEST, Y_TEST, HALF, "score")
    assert len(session.honest()) == 1


def test_all_rows_before_the_split_are_no_test(make_session):
    """Data that is mostly the training rows is not test data."""
    session = make_session()
    model = object()
    learn(session, model)
    whole = np.concatenate([TRAIN, TEST])
    session.evaluated(model, whole, np.zeros(12), np.zeros(12), "score")
    assert session.honest() == []


def test_with_rows_set_aside_only_they_are_a_test(make_session, ran):
    """Where rows were set aside before the fit, what the script evaluates itself does not count."""
    session = make_session(holdout_fraction=0.25)
    model = object()
    learn(session, model)
    session.evaluated_holdout(model, Y_TEST, HALF)
    session.evaluated(model, TEST, Y_TEST, RIGHT, "score")
    assert session.conclude()[1] == 0.5
    assert ran(session.paths).events[0]["evidence"] == "25% of the rows set aside before the fit"


def test_what_is_no_classification_has_no_score(make_session):
    """A model of another task is found, and nothing is made of its labels."""
    session = make_session()
    model = object()
    learn(session, model).facts["task"] = "regression"
    session.evaluated(model, TEST, Y_TEST, HALF, "score")
    choice, value = session.conclude()
    assert choice.model.model is model
    assert value is None


def test_an_unknown_model_is_not_evaluated(make_session):
    """What was never fitted here is neither evaluated nor remembered with its predictions."""
    session = make_session()
    session.evaluated(object(), TEST, Y_TEST, HALF, "score")
    session.predicted(object(), TEST, HALF)
    assert session.honest() == []
    assert session.predictions == []


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("form", [list, np.asarray])
def test_a_metric_is_matched_to_its_prediction(make_session, swapped, form):
    """Scripts that swap the two arguments are understood; the truth is the argument that is no prediction."""
    session = make_session()
    model = object()
    learn(session, model)
    session.predicted(model, TEST, HALF)
    pair = (form(HALF), form(Y_TEST)) if swapped else (form(Y_TEST), form(HALF))
    session.compared(*pair, "accuracy_score(y_true, y_pred)")
    (found,) = session.honest()
    assert list(found.y_true) == list(Y_TEST)
    assert list(found.y_pred) == list(HALF)


def test_a_metric_of_no_prediction_is_nothing(make_session):
    """Labels that no model gave are not evaluated."""
    session = make_session()
    model = object()
    learn(session, model)
    session.predicted(model, TEST, HALF)
    session.compared([9, 9, 9, 9], [8, 8, 8, 8], "accuracy_score(y_true, y_pred)")
    session.compared([0, 1], [1, 0], "accuracy_score(y_true, y_pred)")
    assert session.honest() == []


def test_the_score_is_written_with_its_evidence(make_session, ran):
    """The last evaluation of the model that counts is the test score."""
    session = make_session()
    model = object()
    learn(session, model)
    session.evaluated(model, TEST, Y_TEST, RIGHT, "first")
    session.evaluated(model, TEST, Y_TEST, HALF, "second")
    choice, value = session.conclude()
    assert choice.model.model is model
    assert value == 0.5
    (event,) = ran(session.paths).of("evaluated")
    assert (event["split"], event["value"], event["rows"], event["evidence"]) == ("test", 0.5, 4, "second")
    assert ran(session.paths).sealed == []


def test_a_search_trial_seals_its_test_score(make_session, ran):
    """The score of a search trial is in the sealed file and nowhere in the journal."""
    session = make_session(role="search", gate=0)
    model = object()
    learn(session, model)
    session.evaluated(model, TEST, Y_TEST, HALF, "score")
    session.conclude()
    assert not session.paths.journal.exists()
    assert [event["value"] for event in ran(session.paths).sealed] == [0.5]


def test_a_split_with_a_prediction_stands_in_for_a_metric(make_session, ran):
    """A script that predicts its test rows and computes the score by hand is measured against its split."""
    session = make_session()
    model = object()
    session.splits += [Split(5, 2, np.array([1, 1])), Split(8, 4, Y_TEST)]
    learn(session, model)
    session.predicted(model, TRAIN, Y_TRAIN)
    session.predicted(model, TEST, HALF)
    assert session.conclude()[1] == 0.5
    assert ran(session.paths).events[0]["evidence"] == "train_test_split"


def test_no_evaluation_is_no_score(make_session, ran):
    """A script that looks at nothing but its training data has no test score."""
    session = make_session()
    model = object()
    learn(session, model)
    session.predicted(model, TRAIN, Y_TRAIN)
    session.compared(Y_TRAIN, Y_TRAIN, "accuracy_score(y_true, y_pred)")
    choice, value = session.conclude()
    assert choice.model.model is model
    assert value is None
    assert not session.paths.journal.exists()


def test_one_hot_truth_is_compared_by_class(make_session):
    """Labels in columns are compared with labels in numbers."""
    session = make_session()
    model = object()
    learn(session, model)
    session.evaluated(model, TEST, np.eye(2)[Y_TEST], HALF, "evaluate(x, y)")
    assert session.conclude()[1] == 0.5


def test_calls_inside_are_not_outermost(make_session):
    """Nesting is counted, also when an error leaves it; the time of fitting is kept."""
    session = make_session()
    seen = []

    def fail():
        with session.inside(), session.fitting():
            seen.append(session.outermost)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seen == [False]
    assert session.outermost
    assert session.fit_seconds > 0


@pytest.mark.parametrize(
    ("error", "text"),
    [(ValueError("a\nb"), "ValueError: a"), (KeyError("k"), "KeyError: 'k'"), (ValueError(), "ValueError")],
)
def test_an_error_in_one_line(error, text):
    """Kind and first line, or the kind alone."""
    assert one_line(error) == text


def test_a_copy_read_back_is_no_fold_of_its_own(make_session):
    """What the copy is tested on counts, not what the model itself was validated on before."""
    session = make_session(family="keras")
    model, copy = object(), object()
    known = learn(session, model)
    session.evaluated(model, TEST + 50, Y_TEST, HALF, "validation_data of fit")
    known.others.append((copy, known.seen))
    known.copies[id(copy)] = id(model)
    session.evaluated(copy, TEST, Y_TEST, RIGHT, "evaluate(x, y)")
    (counted,) = session.gate().evaluations
    assert counted.x is TEST
    assert counted.evidence == "evaluate(x, y)"
