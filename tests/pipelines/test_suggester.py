"""What to try next."""

import pytest

from mlprojects.contract.trial import tweak_key
from pipelines.search.space import build_space, canonical
from pipelines.search.suggester import EVIDENCE, Suggester


@pytest.fixture
def svc(described):
    """Give the space of a support vector machine."""
    return build_space("sklearn", described())


@pytest.fixture
def small(described):
    """Give a space of four tweaks."""
    knobs = {"p": 2, "weights": "uniform"}
    return build_space("sklearn", described(estimator="KNeighborsClassifier", knobs=knobs, choices={}))


def all_of(suggester, most, score=lambda _: 0.5):
    """Ask and tell until nothing is left, or often enough."""
    found = []
    while len(found) < most and (suggestion := suggester.suggest({})) is not None:
        found.append(suggestion)
        suggester.tell(suggestion.tweak, score(suggestion.tweak))
    return found


def test_the_script_as_written_and_the_ladder_come_first(svc):
    """The empty tweak gives the validation score to beat; then one change at a time."""
    found = all_of(Suggester(svc, seed=0), 8)
    assert [s.tweak for s in found[:6]] == [
        {},
        {"scaler": "standard"},
        {"scaler": "minmax"},
        {"C": 10.0},
        {"C": 100.0},
        {"kernel": "linear"},
    ]
    assert [s.origin for s in found] == ["ladder"] * 6 + ["tpe"] * 2


def test_a_rung_changes_one_knob_of_the_best_tweak(svc):
    """What helped is kept while the next knob is turned."""
    suggester = Suggester(svc, seed=0)
    best = {}
    for _ in range(2):
        best = suggester.suggest(best).tweak
    assert best == {"scaler": "standard"}
    assert suggester.suggest(best).tweak == {"scaler": "minmax"}
    assert suggester.suggest(best).tweak == {"scaler": "standard", "C": 10.0}


def test_the_ladder_is_climbed_again_from_where_it_led_to(svc):
    """What did not help the script as written is tried on the tweak that was found, until that leads nowhere."""
    suggester = Suggester(svc, seed=0)
    written = [suggester.suggest({}).tweak for _ in range(6)]
    assert written[1] == {"scaler": "standard"}
    best = {"C": 100.0}
    again = [suggester.suggest(best) for _ in range(4)]
    assert [s.tweak for s in again[:3]] == [
        {"scaler": "standard", "C": 100.0},
        {"scaler": "minmax", "C": 100.0},
        {"C": 100.0, "kernel": "linear"},
    ]
    assert [s.origin for s in again] == ["ladder"] * 3 + ["tpe"]


def test_the_previous_best_comes_after_the_script_as_written(svc):
    """Then the ladder goes on from it where it was best; a rung that would give it again is passed over."""
    suggester = Suggester(svc, seed=0, previous={"scaler": "standard", "epochs": 9})
    found = [suggester.suggest(best) for best in ({}, {}, {"scaler": "standard"}, {"scaler": "standard"})]
    assert [(s.origin, s.tweak) for s in found] == [
        ("ladder", {}),
        ("previous", {"scaler": "standard"}),
        ("ladder", {"scaler": "minmax"}),
        ("ladder", {"scaler": "standard", "C": 10.0}),
    ]


def test_a_model_without_a_ladder_still_has_its_previous_best(described):
    """The previous best does not depend on there being anything else to try first."""
    suggester = Suggester(build_space("sklearn", described(knobs={"C": 1.0}, choices={})), 0, previous={"C": 3.7})
    assert [suggester.suggest({}).tweak for _ in range(2)] == [{}, {"C": 3.7}]


def test_nothing_is_suggested_twice(svc):
    """Forty suggestions are forty tweaks, each in its own form."""
    found = all_of(Suggester(svc, seed=1), 40, score=lambda tweak: 0.9 if tweak.get("scaler") == "standard" else 0.4)
    assert len({tweak_key(s.tweak) for s in found}) == len(found) == 40
    assert all(canonical(svc, s.tweak) == s.tweak for s in found)


@pytest.mark.parametrize("seed", range(4))
def test_a_small_space_is_tried_wholly_and_then_ends(small, seed):
    """Of four tweaks each comes once, then there is no more."""
    suggester = Suggester(small, seed)
    found = all_of(suggester, 99)
    assert sorted(tweak_key(s.tweak) for s in found) == sorted(
        tweak_key(tweak) for tweak in ({}, {"p": 1}, {"weights": "distance"}, {"p": 1, "weights": "distance"})
    )
    assert suggester.suggest({}) is None


def test_a_model_without_knobs_has_only_itself(described):
    """The script as written is validated once."""
    suggester = Suggester(build_space("sklearn", described(knobs={}, choices={})), seed=0)
    assert suggester.suggest({}).tweak == {}
    assert suggester.suggest({}) is None


def test_failed_trials_are_told_and_do_no_harm(svc):
    """Suggestions go on where every trial fails, and where some do."""
    found = all_of(Suggester(svc, seed=0), 15, score=lambda _: None)
    assert len(found) == 15
    found = all_of(Suggester(svc, seed=0), 15, score=lambda tweak: None if "C" in tweak else 0.5)
    assert len(found) == 15


def test_the_same_seed_gives_the_same_search(svc):
    """With the same scores a search is repeated exactly; another seed goes another way."""
    runs = [[s.tweak for s in all_of(Suggester(svc, seed), 12)] for seed in (3, 3, 4)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_the_estimator_follows_the_scores(svc):
    """Where one scaler is better than the others, most of what is drawn later uses it."""
    found = all_of(Suggester(svc, seed=0), 40, score=lambda tweak: 0.9 if tweak.get("scaler") == "minmax" else 0.3)
    late = [s.tweak.get("scaler") for s in found[20:] if s.origin == "tpe"]
    assert late.count("minmax") > len(late) / 2


def test_what_the_estimator_goes_by_is_bounded(svc):
    """Of thousands of trials the best and the latest are kept, so that a suggestion costs the same at the end."""
    suggester = Suggester(svc, seed=0)
    for number in range(3 * EVIDENCE):
        suggester.tell({"C": 10.0}, 1.0 if number == 7 else number / 10_000)
    kept = suggester.evidence
    assert EVIDENCE <= len(kept) < 2 * EVIDENCE
    assert max(kept) == 1.0
    assert kept[-1] == (3 * EVIDENCE - 1) / 10_000


def test_alternatives_are_tried_as_written(described):
    """Each estimator that the owner allows has its turn by itself, not mixed with the best tweak so far."""
    others = {"DecisionTreeClassifier": {"max_depth": None, "min_samples_leaf": 1}}
    suggester = Suggester(build_space("sklearn", described(alternatives=others)), seed=0)
    tweaks = [suggester.suggest({"scaler": "standard"}).tweak for _ in range(7)]
    assert {"estimator": "DecisionTreeClassifier"} in tweaks
