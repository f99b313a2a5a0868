"""The knobs that fit one model, as tweaks, as a ladder and as points of hyperopt."""

import math

import numpy as np
import pytest
from hyperopt import space_eval
from hyperopt.pyll.stochastic import sample

from pipelines.search.space import build_space, canonical, decode, encode, fitted, hyperopt_space, ladder

CNN = {
    "scaler": "none",
    "epochs": 3,
    "dense_layers": 0,
    "units": 64,
    "dropout": 0.0,
    "conv_layers": 1,
    "filters": 4,
    "kernel_size": 3,
    "strides": 2,
    "batch_size": 64,
    "learning_rate": 0.01,
}


@pytest.fixture
def svc(described):
    """Give the space of a support vector machine."""
    return build_space("sklearn", described())


@pytest.fixture
def cnn(described):
    """Give the space of a small convolutional network."""
    return build_space("keras", described(estimator="Sequential", knobs=CNN, choices={}))


@pytest.fixture
def several(described):
    """Give the space of a support vector machine that may be replaced by neighbours or trees."""
    others = {
        "KNeighborsClassifier": {"n_neighbors": 5, "weights": "uniform", "p": 2, "scaler": "none"},
        "DecisionTreeClassifier": {"max_depth": None, "min_samples_leaf": 1},
    }
    return build_space("sklearn", described(alternatives=others))


def dials(space, scope=0):
    """The values of each dial of a scope."""
    return {dial.name: dial.values for dial in space.scopes[scope].dials}


def test_only_values_that_fit_are_tried(svc):
    """What the inside allows narrows the table; the written value is always among the values."""
    assert dials(svc)["scaler"] == ("none", "standard", "minmax")
    assert dials(svc)["C"] is None
    assert dials(svc)["kernel"] == ("rbf", "linear", "poly")
    assert set(dials(svc)) == {"scaler", "C", "gamma", "kernel"}


def test_multiples_and_steps_start_from_the_written_value(cnn):
    """Epochs are multiplied, layers are added, a size that the table does not have is put first."""
    values = dials(cnn)
    assert values["epochs"] == (3, 6, 12, 24, 48, 96)
    assert values["dense_layers"] == (0, 1, 2)
    assert values["conv_layers"] == (1, 2, 3)
    assert values["filters"] == (4, 8, 16, 32, 64)


@pytest.mark.parametrize(
    ("written", "values"), [(100, (100, 200, 400)), (200, (200, 400)), (300, None), (1, (1, 2, 4, 8, 16, 32))]
)
def test_multiples_stay_in_their_bounds(described, written, values):
    """No more than the table's most; a script beyond it keeps what it has, which leaves nothing to turn."""
    found = dials(build_space("keras", described(estimator="Sequential", knobs={"epochs": written}, choices={})))
    assert found.get("epochs") == (values if values and len(values) > 1 else None)


@pytest.mark.parametrize(("longer", "values"), [(40.0, (3, 6, 12, 24, 48, 96)), (5.0, (3, 6, 12)), (0.3, None)])
def test_no_fit_is_tried_that_the_time_does_not_allow(described, longer, values):
    """Multiples end where a fit would take too long; the written number is never left out."""
    written = described(estimator="Sequential", knobs={"epochs": 3, "learning_rate": 0.1}, choices={})
    assert dials(build_space("keras", written, longer)).get("epochs") == values


def test_adam_stands_in_for_another_optimizer(described):
    """A script that has Adam already has no such knob."""
    for written, values in (("sgd", ("sgd", "adam")), ("adam", None)):
        knobs = {"optimizer": written, "epochs": 3}
        found = dials(build_space("keras", described(estimator="Sequential", knobs=knobs, choices={})))
        assert found.get("optimizer") == values


@pytest.mark.parametrize("knobs", [{"colour": "red"}, {"C": "large"}, {"epochs": 3}, {}, {"C": True}])
def test_what_does_not_fit_the_table_is_dropped(described, knobs):
    """An unknown name, a knob of the other family, or a value of the wrong kind gives no dial."""
    space = build_space("sklearn", described(knobs=knobs, choices={}))
    assert space.scopes[0].dials == ()
    assert list(ladder(space, {})) == []
    assert space.size == 1


def test_a_tweak_holds_what_differs_and_has_an_effect(cnn):
    """Written values and children of an idle parent are left out; reals have four digits."""
    assert canonical(cnn, CNN) == {}
    assert canonical(cnn, {"epochs": 6, "units": 128, "dropout": 0.5}) == {"epochs": 6}
    assert canonical(cnn, {"dense_layers": 1, "units": 128}) == {"dense_layers": 1, "units": 128}
    assert canonical(cnn, {"filters": 8, "learning_rate": 0.123456}) == {"filters": 8, "learning_rate": 0.1235}
    assert canonical(cnn, {"learning_rate": 0.01}) == {}


def test_a_tweak_of_another_estimator_keeps_its_name(several):
    """An alternative's tweak differs from that alternative as written, and says which it is."""
    tweak = {"estimator": "KNeighborsClassifier", "p": 2, "weights": "distance", "C": 5.0}
    assert canonical(several, tweak) == {"estimator": "KNeighborsClassifier", "weights": "distance"}
    assert canonical(several, {"estimator": "SVC", "C": 5.0}) == {"C": 5.0}


def test_the_ladder_in_the_order_of_its_rungs(svc, cnn):
    """Scaling first, then each knob as a person would, one change at a time, nothing that is written already."""
    assert list(ladder(svc, {})) == [
        {"scaler": "standard"},
        {"scaler": "minmax"},
        {"C": 10.0},
        {"C": 100.0},
        {"kernel": "linear"},
    ]
    assert list(ladder(cnn, {})) == [
        {"scaler": "standard"},
        {"epochs": 12},
        {"learning_rate": 0.001},
        {"dense_layers": 1},
        {"conv_layers": 2},
        {"filters": 32},
        {"units": 128},
        {"strides": 1},
        {"batch_size": 16},
    ]


def test_a_later_climb_counts_from_its_foot(cnn):
    """Epochs and layers go on from the tweak that was found, as far as their domain goes; the rest is the same."""
    foot = {"epochs": 12, "dense_layers": 1, "units": 128}
    rungs = list(ladder(cnn, foot))
    assert {"epochs": 48} in rungs
    assert {"dense_layers": 2} in rungs
    last = {name for rung in ladder(cnn, {"epochs": 48, "dense_layers": 2}) for name in rung}
    assert not {"epochs", "dense_layers"} & last
    assert {"units": 128} not in rungs
    assert {"scaler": "standard"} in rungs


def test_alternatives_end_the_ladder(several):
    """The script's own estimator is tried first, then each alternative as written."""
    rungs = list(ladder(several, {}))
    assert rungs[-2:] == [{"estimator": "DecisionTreeClassifier"}, {"estimator": "KNeighborsClassifier"}]
    assert all("estimator" not in rung for rung in rungs[:-2])


@pytest.mark.parametrize("name", ["svc", "cnn", "several"])
def test_a_point_and_its_tweak_are_the_same(request, name):
    """A drawn point, decoded and encoded again, decodes to the same tweak, and the tweak is in its own form."""
    space = request.getfixturevalue(name)
    nodes = hyperopt_space(space)
    random = np.random.default_rng(0)
    for _ in range(60):
        tweak = decode(space, sample(nodes, random))
        assert canonical(space, tweak) == tweak
        drawn = {label: value[0] for label, value in encode(space, tweak).items() if value}
        assert decode(space, space_eval(nodes, drawn)) == tweak


@pytest.mark.parametrize("name", ["svc", "cnn", "several"])
def test_every_rung_can_be_told_to_hyperopt(request, name):
    """The script as written and each rung of the ladder are points of the space."""
    space = request.getfixturevalue(name)
    nodes = hyperopt_space(space)
    for change in [{}, *ladder(space, {})]:
        tweak = canonical(space, change)
        drawn = {label: value[0] for label, value in encode(space, tweak).items() if value}
        assert decode(space, space_eval(nodes, drawn)) == tweak


def test_what_has_no_effect_is_not_drawn(cnn, several):
    """Below a parent's zero no child is drawn, and of several estimators only the active one's knobs."""
    values = encode(cnn, {})
    assert values["units"] == values["dropout"] == []
    assert values["filters"] == [0]
    assert encode(cnn, {"dense_layers": 1})["units"] == [2]
    values = encode(several, {"estimator": "KNeighborsClassifier", "p": 1})
    assert values["estimator"] == [2]
    assert values["C"] == []
    assert values["KNeighborsClassifier.p"] == [0]
    assert values["DecisionTreeClassifier.max_depth"] == []


def test_a_written_value_beyond_a_range_is_told_at_its_edge(described):
    """A real number that the script has outside the table's range is told as the nearest one inside."""
    space = build_space("sklearn", described(knobs={"C": 1e6}, choices={}))
    assert encode(space, {}) == {"C": [1e3]}
    assert canonical(space, {"C": 1e6}) == {}


def test_the_size_of_a_space(described, svc, several):
    """Choices multiply, alternatives add up, a real number makes it infinite."""
    choices = described(estimator="KNeighborsClassifier", knobs={"p": 2, "weights": "uniform"}, choices={})
    assert build_space("sklearn", choices).size == 4
    assert math.isinf(svc.size)
    assert math.isinf(several.size)


@pytest.mark.parametrize(
    ("knobs", "tweak", "found"),
    [
        ({"epochs": 5}, {"epochs": 12, "filters": 8}, {"epochs": 10}),
        ({"dense_layers": 1, "units": 128}, {"units": 128}, {}),
        ({"dense_layers": 1, "units": 16, "scaler": "none"}, {"units": 100, "scaler": "robust"}, {"units": 128}),
        ({"learning_rate": 0.01}, {"learning_rate": 50.0}, {"learning_rate": 0.1}),
    ],
)
def test_a_tweak_of_another_model_is_fitted(described, knobs, tweak, found):
    """To the nearest values that this model has; what it does not have stays as written; it can be told to hyperopt."""
    space = build_space("keras", described(estimator="Sequential", knobs=knobs, choices={}))
    assert fitted(space, tweak) == found
    encode(space, fitted(space, tweak))


def test_a_tweak_of_another_estimator_is_fitted(described):
    """An estimator that is not allowed is dropped with its knobs; None is a value like any other."""
    own = {"scaler": "none", "C": 1.0}
    space = build_space("sklearn", described(knobs=own, alternatives={"DecisionTreeClassifier": {"max_depth": 3}}))
    assert fitted(space, {"estimator": "KNeighborsClassifier", "n_neighbors": 3, "scaler": "standard"}) == {
        "scaler": "standard"
    }
    tree = {"estimator": "DecisionTreeClassifier", "max_depth": None}
    assert fitted(space, tree) == tree
