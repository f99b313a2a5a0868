"""Sentences about output layers that cannot learn what they are asked for, without Keras."""

import numpy as np
import pytest

from mlprojects.keras.heads import Head, hints, snake

TWO, THREE = np.array([0, 1, 1, 0]), np.array([0, 1, 2, 1])


@pytest.mark.parametrize(
    ("head", "y", "said"),
    [
        (Head(1, "softmax", "binary_crossentropy"), TWO, "always predicts one class"),
        (Head(3, "sigmoid", "categorical_crossentropy"), np.eye(3), "use softmax"),
        (Head(3, "softmax", "sparse_categorical_crossentropy", from_logits=True), THREE, "softmax twice"),
        (Head(1, "linear", "binary_crossentropy"), TWO, "use sigmoid"),
        (Head(3, "relu", "categorical_crossentropy"), np.eye(3), "expects probabilities"),
        (Head(1, "sigmoid", "binary_crossentropy"), THREE, "the labels have 3"),
        (Head(3, "softmax", "mse"), np.eye(3), "use a crossentropy"),
        (Head(1, "sigmoid", "mean_squared_error"), TWO, "use a crossentropy"),
        (Head(2, "softmax", "sparse_categorical_crossentropy"), THREE, "too few units"),
        (Head(10, "softmax", "sparse_categorical_crossentropy"), THREE, "more units"),
    ],
)
def test_a_wrong_head_is_explained(head, y, said):
    """One sentence that names the layer and what would do."""
    (sentence,) = hints(head, y)
    assert said in sentence
    assert sentence.startswith(f"Dense({head.units}, {head.activation})")


@pytest.mark.parametrize(
    ("head", "y"),
    [
        (None, TWO),
        (Head(1, "sigmoid", "binary_crossentropy"), TWO),
        (Head(1, "linear", "binary_crossentropy", from_logits=True), TWO),
        (Head(3, "softmax", "sparse_categorical_crossentropy"), THREE),
        (Head(3, "softmax", "categorical_crossentropy"), np.eye(3)),
        (Head(1, "linear", "mean_squared_error"), np.array([0.5, 1.5])),
        (Head(1, "sigmoid", "mean_squared_error"), np.array([0.5, 0.1])),
        (Head(3, "sigmoid", "mse"), np.array([[0, 0.5, 1], [1, 1, 0]])),
        (Head(3, "softmax", "sparse_categorical_crossentropy"), None),
    ],
)
def test_a_sound_head_needs_no_words(head, y):
    """Nothing is said of what fits."""
    assert hints(head, y) == []


def test_losses_go_by_one_name():
    """A loss object's class name and its function's name are the same loss."""
    assert snake("BinaryCrossentropy") == snake("binary_crossentropy") == "binary_crossentropy"
