"""Scores with their intervals."""

import numpy as np
import pytest

from mlprojects.contract.metrics import METRICS
from mlprojects.sandbox import scoring


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_against_published_values(hits, rows, low, high):
    """The interval of a proportion is the one in the literature, to four digits."""
    assert scoring.wilson(hits / rows, rows) == pytest.approx((low, high), abs=5e-5)


def test_wilson_is_symmetric_and_stays_in_bounds():
    """Hits and misses mirror each other, and no interval leaves 0 to 1."""
    low, high = scoring.wilson(0.9, 50)
    assert scoring.wilson(0.1, 50) == pytest.approx((1 - high, 1 - low))
    assert scoring.wilson(1.0, 1)[1] == 1.0
    assert scoring.wilson(0.0, 1)[0] == 0.0


@pytest.mark.parametrize("metric", [name for name, metric in METRICS.items() if "classification" in metric.tasks])
def test_an_interval_contains_its_value(metric):
    """Whatever the metric, the score lies within its interval, and both within 0 to 1."""
    random = np.random.default_rng(1)
    true = random.integers(0, 3, 90)
    pred = np.where(random.uniform(size=90) < 0.7, true, random.integers(0, 3, 90))
    fields = scoring.evaluate(metric, true, pred)
    low, high = fields["interval"]
    assert 0 <= low <= fields["value"] <= high <= 1
    assert low < high
    assert (fields["metric"], fields["rows"]) == (metric, 90)
    assert scoring.evaluate(metric, true, pred) == fields


@pytest.mark.parametrize("metric", ["r2", "rmse", "mae"])
def test_numbers_are_scored_in_their_own_way(metric):
    """By the metric asked for, with the others beside it; of any metric that they do not have, by R²."""
    random = np.random.default_rng(1)
    true = random.normal(size=(80, 1))
    pred = true[:, 0] + 0.5 * random.normal(size=80)
    fields = scoring.evaluate(metric, true, pred, "regression")
    assert fields["interval"][0] < fields["value"] < fields["interval"][1]
    assert {fields["metric"], *fields["also"]} == {"r2", "rmse", "mae"}
    by_hand = np.sqrt(np.mean((true[:, 0] - pred) ** 2))
    assert {**fields["also"], metric: fields["value"]}["rmse"] == pytest.approx(by_hand)
    assert scoring.evaluate("accuracy", true, pred, "regression")["metric"] == "r2"


def test_several_labels_a_row():
    """F1 over all of them, and the share of rows that are right in all labels beside it."""
    fields = scoring.evaluate("accuracy", np.array([[0, 1], [1, 1]]), np.array([[0, 1], [1, 0]]), "multilabel")
    assert (fields["metric"], fields["value"]) == ("f1_micro", pytest.approx(0.8))
    assert fields["also"] == {"subset_accuracy": 0.5}


def test_the_commonest_class_and_rows_predicted_twice():
    """The majority is of the truth; the interval is for as many different rows as there are."""
    fields = scoring.evaluate("accuracy", list("aab") * 10, list("aaa") * 10)
    assert fields["majority"] == {"label": "a", "share": pytest.approx(2 / 3)}
    twice = scoring.evaluate("accuracy", list("aab") * 10, list("aaa") * 10, rows=15)
    assert twice["rows"] == 15
    assert twice["interval"][0] < fields["interval"][0]


def test_metrics_tell_classes_apart_as_they_should():
    """With nine of ten rows in one class, guessing it is 90 % accurate and worth a coin's throw."""
    true = np.array([0] * 90 + [1] * 10)
    guess = np.zeros(100, dtype=int)
    assert scoring.evaluate("accuracy", true, guess)["value"] == 0.9
    assert scoring.evaluate("balanced_accuracy", true, guess)["value"] == 0.5
    assert scoring.evaluate("f1_macro", true, guess)["value"] == pytest.approx(0.9 / 1.9)


@pytest.mark.parametrize("true", [["a", "b", "b"], np.array(["a", "b", "b"]), np.array(["a", "b", "b"], dtype=object)])
def test_labels_may_be_texts(true):
    """Lists, arrays of text and arrays of objects compare with each other."""
    fields = scoring.evaluate("accuracy", true, np.array(["a", "a", "b"], dtype=object))
    assert fields["value"] == pytest.approx(2 / 3)
    assert fields["confusion"] == {"labels": ["a", "b"], "counts": [[1, 0], [1, 1]]}


def test_the_confusion_counts_every_row_by_true_and_predicted_label():
    """Rows are true labels, columns predicted ones; a label that only one side has is in both."""
    fields = scoring.evaluate("accuracy", [0, 0, 1], [0, 2, 1])
    assert fields["confusion"] == {"labels": ["0", "1", "2"], "counts": [[1, 0, 1], [0, 1, 0], [0, 0, 0]]}


def test_no_confusion_of_many_classes_or_labels():
    """Above fifty classes, and for several labels a row, there is a score and no matrix."""
    many = np.arange(51)
    assert "confusion" not in scoring.evaluate("accuracy", many, many)
    assert "confusion" in scoring.evaluate("accuracy", many[:50], many[:50])
    several = scoring.evaluate("f1_micro", np.array([[0, 1], [1, 1]]), np.array([[0, 1], [1, 0]]), "multilabel")
    assert several["also"]["subset_accuracy"] == 0.5
    assert "confusion" not in several


def test_a_class_at_each_position_is_counted_by_position_and_trusted_by_row():
    """Accuracy is over pixels, as Keras has it; the interval is that of so many images, which is wider."""
    true, pred = np.array([[0, 1, 1, 1], [1, 1, 1, 1]]), np.array([[0, 0, 1, 1], [1, 1, 1, 1]])
    fields = scoring.evaluate("accuracy", true, pred)
    assert (fields["value"], fields["rows"], fields["majority"]["share"]) == (7 / 8, 2, 7 / 8)
    assert fields["interval"] == scoring.wilson(7 / 8, 2)


def test_of_several_outputs_the_worst_is_the_score():
    """The score of each is told beside it; for an error the largest is the worst."""
    scores = {name: {"metric": "accuracy", "value": value} for name, value in {"digit": 0.6, "odd": 0.9}.items()}
    name, fields = scoring.worst(scores)
    assert (name, fields["value"]) == ("digit", 0.6)
    assert fields["also"] == {"digit accuracy": 0.6, "odd accuracy": 0.9}
    errors = {name: {"metric": "rmse", "value": value} for name, value in {"a": 2.0, "b": 5.0}.items()}
    assert scoring.worst(errors)[0] == "b"
    assert scoring.worst({"": {"metric": "accuracy", "value": 1.0}}) == ("", {"metric": "accuracy", "value": 1.0})
