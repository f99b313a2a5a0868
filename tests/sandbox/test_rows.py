"""Rows of whatever a script passes to ``fit``."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from mlprojects.sandbox import rows
from mlprojects.sandbox.seen import (
    Deferred,
    DeferredError,
    SeenRows,
    Variants,
    hold_out,
    hold_out_folds,
    row_keys,
    shares_memory,
)

ARRAY = np.arange(12.0).reshape(6, 2)
INDEX = np.array([4, 1])
CONTAINERS = {
    "array": ARRAY,
    "frame": pd.DataFrame(ARRAY, columns=["a", "b"], index=list("uvwxyz")),
    "list": ARRAY.tolist(),
    "tuple": tuple(map(tuple, ARRAY.tolist())),
    "csr": sparse.csr_matrix(ARRAY),
    "coo": sparse.coo_matrix(ARRAY),
    "dict": {"a": ARRAY, "b": ARRAY[:, 0]},
    "inputs": [ARRAY, ARRAY * 2],
    "series": pd.Series(list("abcdef"), index=[9, 9, 8, 8, 7, 7]),
    "texts": list("abcdef"),
}


def plain(x):
    """Any container as nested lists."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if hasattr(x, "toarray"):
        x = x.toarray()
    return [plain(item) if hasattr(item, "tolist") else item for item in x] if isinstance(x, list) else list_of(x)


def list_of(x):
    """An array, frame or tuple as nested lists."""
    return np.asarray(x).tolist()


@pytest.mark.parametrize("kind", CONTAINERS)
def test_rows_are_counted(kind):
    """Six rows are six rows in any container."""
    assert rows.count(CONTAINERS[kind]) == 6


@pytest.mark.parametrize("x", [(i for i in range(3)), "text", 3, np.float64(1), None])
def test_what_has_no_rows(x):
    """A generator, a text and a number are not counted."""
    with pytest.raises(TypeError):
        rows.count(x)


@pytest.mark.parametrize("kind", ["array", "frame", "list", "tuple", "csr", "series", "texts"])
def test_taking_rows_keeps_the_container(kind):
    """The rows asked for come in the order asked for, in the same kind of container."""
    x = CONTAINERS[kind]
    taken = rows.take(x, INDEX)
    assert type(taken) is type(x)
    assert plain(taken) == [plain(x)[4], plain(x)[1]]


def test_taking_rows_of_several_inputs():
    """Each input of a dict or list of arrays gives the same rows; nothing gives nothing."""
    taken = rows.take(CONTAINERS["dict"], INDEX)
    assert plain(taken) == {"a": ARRAY[INDEX].tolist(), "b": ARRAY[INDEX, 0].tolist()}
    first, second = rows.take(CONTAINERS["inputs"], INDEX)
    assert (second == 2 * first).all()
    assert rows.take(CONTAINERS["coo"], INDEX).toarray().tolist() == ARRAY[INDEX].tolist()
    assert rows.take(None, INDEX) is None


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        ([0, 1, 2], [0, 1, 2]),
        (np.array([[0, 1], [1, 0], [0, 1]]), [1, 0, 1]),
        (np.array([["a"], ["b"], ["a"]]), ["a", "b", "a"]),
        (pd.DataFrame({"y": [3, 4, 3]}), [3, 4, 3]),
        (pd.Series(["a", "b", "a"], dtype="category"), ["a", "b", "a"]),
    ],
)
def test_labels_of_any_form(y, labels):
    """One-hot rows, columns and categories are one label a row."""
    assert rows.class_labels(y).tolist() == labels


@pytest.mark.parametrize("y", [np.repeat([0, 1, 2], [60, 30, 10]), np.repeat(["a", "b"], 50), np.eye(4)[[0, 1] * 50]])
def test_a_split_is_a_stratified_partition(y):
    """Every row is in exactly one part, in its order, and each class gives its share."""
    kept, out = rows.split(y, 0.2, seed=3)
    assert sorted([*kept, *out]) == list(range(100))
    assert (np.diff(kept) > 0).all()
    assert (np.diff(out) > 0).all()
    labels = rows.class_labels(y)
    for label in np.unique(labels):
        assert (labels[out] == label).sum() == round(0.2 * (labels == label).sum())


def test_a_split_follows_its_seed():
    """The same seed holds out the same rows, another one others."""
    y = np.arange(100) % 2
    assert (rows.split(y, 0.2, 1)[1] == rows.split(y, 0.2, 1)[1]).all()
    assert (rows.split(y, 0.2, 1)[1] != rows.split(y, 0.2, 2)[1]).any()


@pytest.mark.parametrize("y", [[0, 0, 0, 0, 1], list("abcdefgh"), [1.5, 2.5, 3.5]])
def test_a_split_without_enough_of_each_class(y):
    """Classes of one row, or more classes than rows to hold out, are split without strata."""
    kept, out = rows.split(y, 0.25, seed=0)
    assert len(out) >= 1
    assert sorted([*kept, *out]) == list(range(len(y)))


@pytest.mark.parametrize("y", [np.arange(20) % 2, [0] * 19 + [1]])
def test_folds_hold_out_each_row_once(y):
    """The parts held out are disjoint and cover all rows, also where a class is rare."""
    parts = rows.folds(y, 5, seed=0)
    assert len(parts) == 5
    assert sorted(np.concatenate([out for _, out in parts])) == list(range(20))
    assert all(not set(kept) & set(out) for kept, out in parts)


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_fingerprint_is_of_the_content(kind):
    """A copy has the same fingerprint, other rows have another."""
    x = CONTAINERS[kind]
    every = np.arange(6)
    assert rows.fingerprint(x) == rows.fingerprint(rows.take(x, every))
    assert rows.fingerprint(x) != rows.fingerprint(rows.take(x, every[::-1]))


@pytest.mark.parametrize(
    "x",
    [
        np.array(["a", "bb"]),
        np.array([b"a", b"bb"]),
        np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
        np.array([1, 2], dtype="timedelta64[s]"),
        np.array([1 + 2j, 3]),
        np.array([True, False]),
        np.zeros((2, 0)),
        np.array([None, "a"], dtype=object),
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
        pd.DataFrame({"day": pd.to_datetime(["2020-01-01", "2021-01-01"])}),
        pd.Series(["a", "b"], dtype="category"),
        [["some", "tokens"], ["more"]],
    ],
    ids=lambda x: str(getattr(x, "dtype", type(x).__name__)),
)
def test_a_fingerprint_of_any_type(x):
    """Data of any type that scripts train on has a fingerprint, the same for the same values."""
    assert rows.fingerprint(x) == rows.fingerprint(x)
    assert len(rows.fingerprint(x)) == 32


def test_fingerprints_tell_shapes_apart():
    """The same numbers in another shape or of another kind are other data."""
    prints = {rows.fingerprint(x) for x in (np.zeros((2, 3)), np.zeros((3, 2)), np.zeros((2, 3), dtype="int64"))}
    assert len(prints) == 3
    assert rows.fingerprint(ARRAY) == rows.fingerprint(np.asfortranarray(ARRAY))


def test_rows_seen_before():
    """The object itself, a part of its memory, a copy, the same rows in another order: all were seen."""
    seen = SeenRows(ARRAY)
    for x in (ARRAY, ARRAY[:3], ARRAY[:3] + 0, ARRAY.copy(), ARRAY[::-1] + 1e-9, pd.DataFrame(ARRAY), ARRAY.tolist()):
        assert seen.contain(x)
    assert SeenRows(CONTAINERS["frame"]).contain(CONTAINERS["frame"].iloc[:2])
    assert SeenRows(CONTAINERS["csr"]).contain(CONTAINERS["coo"])
    assert SeenRows(CONTAINERS["texts"]).contain(list("cab"))
    assert SeenRows(CONTAINERS["dict"]).contain({"a": ARRAY.copy(), "b": ARRAY[:, 0]})


@pytest.mark.parametrize("order", ["C", "F"])
def test_two_halves_of_one_array_are_not_the_same_rows(order):
    """Slices without a common element are different rows, whatever the memory between their bounds."""
    x = np.array(np.random.default_rng(0).normal(size=(100, 30)), order=order)
    assert not SeenRows(x[:50]).contain(x[50:])
    assert not SeenRows(x[::2]).contain(x[1::2])
    assert not shares_memory(x[:50], x[50:])
    assert SeenRows(x[:50]).fresh(x[40:90]).tolist() == [False] * 10 + [True] * 40


def test_other_rows_were_not_seen():
    """Other values, few of them in common, or things without rows, are not training data."""
    seen = SeenRows(ARRAY)
    assert not seen.contain(ARRAY + 1)
    assert not seen.contain(i for i in range(6))
    assert not seen.contain(np.zeros((0, 2)))
    assert not SeenRows(i for i in range(6)).contain(ARRAY)
    assert not SeenRows(CONTAINERS["texts"]).contain(list("uvwxyz"))


def test_rows_that_recur_by_chance_are_no_training_rows():
    """With features of few values, test rows equal training rows without being them; all of them again are."""
    random = np.random.default_rng(0)
    x = random.integers(0, 2, (300, 3))
    assert not SeenRows(x[:200] + 0).contain(x[200:] + 0)
    assert SeenRows(x[:200] + 0).contain(x[:200] + 0)


def test_a_part_of_the_rows_was_seen():
    """Rows that were trained on are left out, unless too few are left, or the two share memory past telling apart."""
    x = np.random.default_rng(0).normal(size=(100, 4))
    assert SeenRows(x[:40] + 0).fresh(x).tolist() == [False] * 40 + [True] * 60
    assert not SeenRows(x[:95] + 0).fresh(x).any()
    assert SeenRows(x[:40] + 0).fresh(np.concatenate([x[40:], x[:1]])).all()  # one of 61 may be chance
    assert SeenRows(x[:40].astype("float32") / 3).contain(x[:40] / 3)
    frame = pd.DataFrame(np.ones((100, 2)))
    assert SeenRows(frame.iloc[:50]).contain(frame.iloc[:10])


def test_rows_before_they_were_transformed():
    """Scaled by two scalers, the same rows have other values; what they were made of tells."""
    x = np.random.default_rng(0).normal(size=(100, 4))
    seen = SeenRows(x[:50] * 2, source=x[:50])
    assert not seen.contain(x[:50] * 3)
    assert seen.contain(x[:50] * 3, source=x[:50] + 0)


def test_more_rows_of_a_model_that_goes_on():
    """Rows of every part count; one that comes again in a later pass does not make recurrence natural."""
    x = np.random.default_rng(0).normal(size=(100, 4))
    seen = SeenRows(x[:20])
    for _ in range(3):
        seen.grow(x[:20] + 0)
        seen.grow(x[20:40] + 0)
    assert seen.contain(x[:40] + 0)
    assert seen.fresh(x[40:]).all()


def test_rows_that_are_the_same_are_held_out_together():
    """The twins of test rows are no training rows; without twins, and with values that recur, it is a plain split."""
    x, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    kept, held = hold_out(np.concatenate([x, x]), np.concatenate([y, y]), 0.25, 0)
    assert set(held % 60).isdisjoint(kept % 60)
    assert (len(held), len(kept) + len(held)) == (30, 120)
    for table in (x, np.zeros((60, 3))):
        assert (hold_out(table, y, 0.25, 0)[1] == rows.split(y, 0.25, 0)[1]).all()


def test_rows_that_are_the_same_are_in_the_same_fold():
    """Twins of validation rows are no training rows either; without twins the folds are the plain ones."""
    x, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    parts = hold_out_folds(np.concatenate([x, x]), np.concatenate([y, y]), 3, 0)
    for kept, held in parts:
        assert set(held % 60).isdisjoint(kept % 60)
    assert sorted(np.concatenate([held for _, held in parts])) == list(range(120))
    for table in (x, np.zeros((60, 3))):
        plain = zip(hold_out_folds(table, y, 3, 0), rows.folds(y, 3, 0), strict=True)
        assert all((a[1] == b[1]).all() for a, b in plain)


def test_rows_that_are_read_at_the_end():
    """Deferred rows are read when they are asked for; what cannot be read is not shown to be test data."""
    x = np.random.default_rng(0).normal(size=(100, 4))

    def broken():
        raise DeferredError("gone")

    assert SeenRows(Deferred(lambda: x[:50])).contain(Variants([x[50:], Deferred(lambda: x[:50] + 0)]))
    assert not SeenRows(x[:50]).contain(Variants([x[50:]]))
    assert SeenRows(x).contain(Deferred(broken))
    early = SeenRows(x[50:])
    early.more.append(SeenRows(x[:50]))
    assert early.contain(x[:50] + 0)


def test_one_hash_a_row():
    """Equal rows have equal keys whatever the container."""
    assert row_keys(ARRAY) == row_keys(CONTAINERS["frame"]) == row_keys(ARRAY.tolist())
    assert len(set(row_keys(ARRAY))) == 6
    assert len(row_keys(CONTAINERS["csr"])) == 6


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([0, 1, 2], True),
        (["a", "b"], True),
        (np.array([[0, 1], [1, 0]]), True),
        (np.array([[0.0], [1.0]]), True),
        (np.array([1.0, 2.0]), True),
        (np.array([True, False]), True),
        (np.array([0.5, 1.0]), False),
        (np.array([[1, 1], [1, 0]]), False),
        (np.array([[0.2, 0.8]]), False),
        (np.zeros((2, 2, 2)), False),
        ([], False),
    ],
)
def test_labels_that_are_one_class_a_row(y, classes):
    """Whole numbers, names and one-hot rows are; fractions and several labels a row are not."""
    assert rows.has_classes(y) == classes


def test_data_that_is_scaled_already():
    """Standardised columns, values from 0 to 1, constants and texts leave nothing to scale."""
    random = np.random.default_rng(0)
    assert rows.looks_scaled(random.normal(size=(200, 4)))
    assert rows.looks_scaled(random.uniform(size=(20, 8, 8)))
    assert rows.looks_scaled(np.full((5, 2), 7.0))
    assert rows.looks_scaled(np.array([["a"], ["b"]]))
    assert rows.looks_scaled(np.zeros((0, 3)))


def test_data_that_is_not_scaled():
    """Pixels to 255 and columns of different widths could be scaled, with gaps or without."""
    random = np.random.default_rng(0)
    wide = random.normal(size=(200, 2)) * [1, 100]
    assert not rows.looks_scaled(random.integers(0, 255, (20, 8, 8)))
    assert not rows.looks_scaled(wide)
    assert not rows.looks_scaled(np.where(random.uniform(size=wide.shape) < 0.1, np.nan, wide))
    assert not rows.looks_scaled(pd.DataFrame(wide))


def test_training_rows_in_other_precision_are_training_rows():
    """Pixels divided in 32 bits are the pixels divided in 64 bits; other pixels are not."""
    pixels = np.random.default_rng(0).integers(0, 17, (300, 8, 8, 1)) * 16
    seen = SeenRows(pixels[:200].astype("float32") * np.float32(1 / 255))
    assert seen.contain(pixels[:200] / 255)
    assert not seen.contain(pixels[200:] / 255)


def test_near_rows_of_a_table_are_other_rows():
    """Rows that are like training rows, but not equal up to rounding, are test rows."""
    table = np.random.default_rng(0).normal(size=(400, 4))
    seen = SeenRows(table[:200])
    assert not seen.contain(table[:200] + 0.01)
    assert not seen.contain(table[200:].astype("float32"))
    assert seen.contain(table[:200].astype("float32"))
