"""Which of several models counts."""

from dataclasses import replace

import numpy as np
import pytest

from mlprojects.contract.metrics import METRICS
from mlprojects.sandbox.gating import choose
from mlprojects.sandbox.records import Evaluation, FittedModel

TRUTH, OTHER = np.array([0, 1, 1, 0]), np.array([1, 1, 1, 0, 0])
ACCURACY = METRICS["accuracy"]


def model(ordinal, task="classification", where="train.py:3"):
    """A model that was fitted."""
    known = FittedModel(ordinal, object(), np.zeros((3, 1)), None, where)
    known.facts["task"] = task
    return known


def evaluation(ordinal, hits, truth=TRUTH, where="train.py:3", fold="a"):
    """An evaluation of which the first ``hits`` rows are right."""
    given = np.where(np.arange(len(truth)) < hits, truth, 9)
    return Evaluation(ordinal, where, fold, None, truth, given, "score(X, y)")


def test_nothing_fitted_is_no_choice():
    """Nor is a model that was never fitted."""
    assert choose([], [], ACCURACY, None) is None
    assert choose([model(0)], [], ACCURACY, 1) is None


def test_the_only_model_needs_no_reason():
    """There is no other, evaluated or not."""
    for evaluations in ([], [evaluation(0, 2)]):
        choice = choose([model(0)], evaluations, ACCURACY, None)
        assert (choice.model.ordinal, choice.reason, len(choice.evaluations)) == (0, "", len(evaluations))


def test_without_an_evaluation_the_last_one_counts():
    """Of those that were fitted, and it is said that nothing was evaluated."""
    choice = choose([model(0), model(1)], [], ACCURACY, None)
    assert choice.model.ordinal == 1
    assert "none is evaluated" in choice.reason


@pytest.mark.parametrize(("hits", "best"), [([4, 3, 1], 0), ([1, 3, 3], 2), ([0, 4, 4], 2)])
def test_of_models_compared_on_the_same_rows_the_best_counts(hits, best):
    """The later one of equals."""
    models = [model(n) for n in range(3)]
    choice = choose(models, [evaluation(n, right) for n, right in enumerate(hits)], ACCURACY, None)
    assert choice.model.ordinal == best
    assert "of 3 that are evaluated on the same test rows" in choice.reason or "best of 3" in choice.reason


def test_a_model_is_compared_by_its_worst_output():
    """An output that is right all the time does not lift the other; of each output the last evaluation counts."""
    rows = [(0, "digit", 2), (0, "odd", 4), (1, "digit", 1), (1, "odd", 4), (1, "digit", 3), (1, "odd", 3)]
    found = [replace(evaluation(ordinal, hits), output=output) for ordinal, output, hits in rows]
    choice = choose([model(0), model(1)], found, ACCURACY, None)
    assert choice.model.ordinal == 1
    assert [(e.output, int((e.truth == e.y_pred).sum())) for e in choice.evaluations] == [("digit", 3), ("odd", 3)]


def test_what_a_loop_over_settings_ends_with_counts():
    """A model fitted after it, on another line, is its outcome; of another class, or after one other, it is a rival."""
    loop = [model(0), model(1), model(2, where="train.py:9")]
    found = [evaluation(0, 4), evaluation(1, 3), evaluation(2, 2)]
    assert choose(loop, found, ACCURACY, None).model.ordinal == 2
    assert choose([loop[0], loop[2]], [found[0], found[2]], ACCURACY, None).model.ordinal == 0
    loop[2].model = "of another class"
    assert choose(loop, found, ACCURACY, None).model.ordinal == 0


def test_of_models_on_different_rows_the_last_evaluated_counts():
    """A score on other rows is no comparison, however good."""
    choice = choose([model(0), model(1)], [evaluation(0, 5, OTHER), evaluation(1, 1)], ACCURACY, None)
    assert (choice.model.ordinal, choice.reason) == (1, "the one evaluated last, of 2")


def test_a_model_without_the_metric_does_not_count():
    """A regression beside a classifier is not what an accuracy is asked of."""
    models = [model(0), model(1, "regression")]
    choice = choose(models, [evaluation(0, 2), evaluation(1, 4)], ACCURACY, None)
    assert (choice.model.ordinal, choice.reason) == (0, "the only one of 2 that has accuracy")
    assert choose(models, [], METRICS["r2"], None).model.ordinal == 1


def test_folds_are_counted_once_each_on_the_line_evaluated_last():
    """The last score of each fold; what the same model gave on another line of the script is another matter."""
    found = [
        evaluation(0, 4, where="train.py:1"),
        evaluation(0, 1, fold="a"),
        evaluation(0, 3, fold="b"),
        evaluation(0, 2, fold="a"),
    ]
    choice = choose([model(0)], found, ACCURACY, None)
    assert choice.evaluations == [found[3], found[2]]
    assert choice.where == "train.py:3"
