"""The specification of a trial across the wall."""

import json

import pytest

from mlprojects.contract.curves import Pace
from mlprojects.contract.trial import TrialSpec, tweak_key

FULL = TrialSpec(
    trial=7,
    role="confirm",
    family="sklearn",
    entry="src/train.py",
    cwd="src",
    argv=("--epochs", "3"),
    tweak={"scaler": "standard", "C": 10.0, "max_depth": None, "dense_layers": 2},
    seed=5,
    metric="f1_macro",
    target=0.9,
    gate=1,
    folds=5,
    validation_fraction=0.3,
    holdout_fraction=0.25,
    estimators=("SVC",),
    save_model="always",
    requirements=("numpy==2.0.0",),
    timeout_s=12.5,
    threads=2,
    pace=Pace(0.9, (0.5, 0.75)),
)


@pytest.mark.parametrize("spec", [FULL, TrialSpec(trial=0, role="baseline", family="keras", entry="a.py")])
def test_a_specification_comes_back_as_it_was(spec):
    """Every field survives JSON with its type, tuples included."""
    assert TrialSpec.from_json(spec.to_json()) == spec


def test_an_unknown_key_is_refused_by_name():
    """A specification of a newer version is not half understood."""
    raw = json.loads(FULL.to_json()) | {"colour": "red"}
    with pytest.raises(ValueError, match="colour"):
        TrialSpec.from_json(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "{", "[]", "[1]", "5", "null", '{"trial": 1}'])
def test_what_is_no_specification_is_a_value_error(text):
    """Whatever else the text is, the error is the one that is promised."""
    with pytest.raises(ValueError):
        TrialSpec.from_json(text)


def test_a_tweaks_key_does_not_depend_on_the_order():
    """Two tweaks with the same knobs have one key, two with different values do not."""
    assert tweak_key({"a": 1, "b": None}) == tweak_key({"b": None, "a": 1})
    assert tweak_key({"a": 1}) != tweak_key({"a": 2})
    assert tweak_key({"a": 1}) != tweak_key({"a": "1"})
