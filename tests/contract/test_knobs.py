"""The table of knobs is consistent with itself."""

import inspect

import pytest

from mlprojects.contract.knobs import (
    ESTIMATORS,
    KNOBS,
    Choice,
    Domain,
    Knob,
    LogRange,
    Multiples,
    Steps,
    knobs_for,
    parse_knobs,
)

NAMES = [f"{knob.family}-{knob.name}-{(knob.owners or ('any',))[0]}" for knob in KNOBS]
OWNERS = sorted({owner for knob in KNOBS for owner in knob.owners})


@pytest.mark.parametrize("knob", KNOBS, ids=NAMES)
def test_the_ladder_stays_in_the_domain(knob: Knob):
    """What a person would try first is among what the search may try at all."""
    match knob.domain:
        case Choice(values=values):
            assert set(knob.ladder) <= set(values)
            assert len(set(values)) == len(values) >= 1
        case Multiples(factors=factors, low=low, high=high):
            assert set(knob.ladder) <= set(factors)
            assert 1 in factors
            assert 0 < low < high
        case Steps(more=more):
            assert all(0 < step <= more for step in knob.ladder)
        case LogRange(low=low, high=high):
            assert 0 < low < high
            assert all(low <= step <= high for step in knob.ladder)
    assert bool(knob.ladder) == (knob.rung < 99)


@pytest.mark.parametrize("owner", [*OWNERS, "Sequential"])
@pytest.mark.parametrize("family", ["sklearn", "keras"])
def test_a_model_has_one_knob_of_a_name(family, owner):
    """No two rows of the table claim the same name for the same class."""
    rows = [k.name for k in KNOBS if k.family == family and (not k.owners or owner in k.owners)]
    assert len(set(rows)) == len(rows)
    assert list(knobs_for(family, owner)) == rows


def test_the_knobs_of_an_estimator_in_another():
    """Several classes have the knobs of all of them; a knob that two of them have is the outer one's."""
    assert list(knobs_for("sklearn", "GridSearchCV > SVC")) == list(knobs_for("sklearn", "SVC"))
    both = knobs_for("sklearn", "BaggingClassifier > KNeighborsClassifier")
    assert {"n_estimators", "n_neighbors", "scaler"} <= set(both)
    assert knobs_for("sklearn", "RidgeClassifier > MLPClassifier")["alpha"].owners[0] == "RidgeClassifier"


@pytest.mark.parametrize("knob", KNOBS, ids=NAMES)
def test_a_parent_is_a_knob_of_the_same_family_that_counts_layers(knob: Knob):
    """A knob that depends on another names one that exists and can be zero."""
    if knob.parent is not None:
        assert isinstance(knobs_for(knob.family, (knob.owners or ("",))[0])[knob.parent].domain, Steps)
    assert knob.family in ("sklearn", "keras")
    assert knob.doc.endswith(".")


@pytest.mark.parametrize(
    ("domain", "text"),
    [
        (Choice((None, "a", 1)), "None, a, 1"),
        (Multiples((0.5, 1, 2), 1, 9), "as written × 0.5, 1, 2 (from 1 to 9)"),
        (Steps(2), "as written, up to 2 more"),
        (LogRange(1e-4, 0.1), "0.0001 to 0.1 (logarithmic)"),
    ],
)
def test_a_domain_in_words(domain: Domain, text):
    """The documentation says each domain as the code has it."""
    assert domain.describe() == text


def test_estimators_that_may_stand_in_have_knobs_and_their_names_are_scikit_learns():
    """Each alternative is a class of scikit-learn with at least one knob of its own in the table."""
    from sklearn.utils import all_estimators

    classes = dict(all_estimators())
    for name in {*ESTIMATORS, *OWNERS}:
        assert name in classes
        assert len(knobs_for("sklearn", name)) > 1


@pytest.mark.parametrize("owner", OWNERS)
def test_owners_have_the_parameters_that_the_table_gives_them(owner):
    """Every knob of a class is a parameter of its constructor, the scaler apart."""
    from sklearn.utils import all_estimators

    parameters = inspect.signature(dict(all_estimators())[owner]).parameters
    assert set(knobs_for("sklearn", owner)) - {"scaler"} <= set(parameters)


WITHOUT = {"DummyClassifier", "DummyRegressor", "IsotonicRegression", "CCA", "PLSCanonical", "TheilSenRegressor"}
"""Nothing of them can be turned that makes them better."""
OWN_SEARCH = ("CV", "IC")
"""Estimators that seek their regularisation themselves."""
ONLY_SCALED = {"LinearRegression", "ARDRegression", "BayesianRidge", "Lars", "OrthogonalMatchingPursuit",
               "RANSACRegressor", "VotingRegressor"}  # fmt: skip


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_every_common_estimator_has_knobs(kind):
    """An estimator of scikit-learn that is no wrapper of another has a knob of its own beside the scaler."""
    from sklearn.utils import all_estimators

    bare = {name for name, cls in all_estimators(type_filter=kind)
            if len(knobs_for("sklearn", name)) == 1
            and not {"estimator", "base_estimator", "regressor"} & set(inspect.signature(cls).parameters)}  # fmt: skip
    assert {name for name in bare if not name.endswith(OWN_SEARCH)} <= WITHOUT | ONLY_SCALED


def test_the_knobs_of_an_estimator_that_the_script_named():
    """They have the name in front; two of one class are told apart, and text gives them as well."""
    table = knobs_for("sklearn", "a:SVC > b:SVC > VotingClassifier")
    assert {"a__C", "b__C", "voting", "scaler"} <= set(table)
    assert "C" not in table
    assert table["a__C"].domain == table["b__C"].domain
    assert parse_knobs(["a__C=5"]) == {"a__C": 5}


def test_knobs_from_text():
    """Numbers become numbers, None becomes None, an empty value leaves the knob as written."""
    pairs = ["scaler=standard", "C=10", "gamma=0.01", "max_depth=None", "kernel=", "hidden_layer_sizes=100,50"]
    assert parse_knobs(pairs) == {
        "scaler": "standard",
        "C": 10,
        "gamma": 0.01,
        "max_depth": None,
        "hidden_layer_sizes": "100,50",
    }
    assert parse_knobs(["estimator=SVC"]) == {"estimator": "SVC"}


@pytest.mark.parametrize("pair", ["C", "colour=red", "=3", ""])
def test_knobs_that_are_none(pair):
    """A pair without a value or with a name that no knob has is refused."""
    with pytest.raises(ValueError, match="NAME=VALUE"):
        parse_knobs([pair])
