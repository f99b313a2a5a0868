"""Why a target was missed, in words."""

import pytest

from pipelines.search.diagnosis import diagnose, of_majority, shown
from pipelines.search.policy import CHANCE, Limits

TARGET = Limits(target=0.8, max_trials=10)


@pytest.fixture
def why(outcome, described, evaluated):
    """Give a function that diagnoses a search with the given baseline score and validation scores."""

    def find(
        scores=(0.6,),
        test=0.5,
        tweak=None,
        tweaks=(),
        stopped="every tweak was tried",
        majority=None,
        rows=5000,
        training=900,
        **fields,
    ):
        known = described(rows=training, **fields)
        base = outcome(0, "baseline").model_copy(
            update={"described": known, "test": evaluated("test", test, rows, width=0.02)}
        )
        history = [base]
        for number, score in enumerate(scores, 1):
            trial = outcome(number, "search", tweaks[number - 1] if tweaks else tweak or {"C": float(number)})
            update = {"validation": evaluated("validation", score, majority=majority)}
            history.append(trial.model_copy(update=update))
        return "\n".join(diagnose("sklearn", base, base, history, TARGET, stopped))

    return find


def test_a_score_as_it_is_read():
    """Shares as percentages, errors in the unit of what is predicted."""
    assert [shown("accuracy", 0.6852), shown("rmse", 53.123), shown("r2", 0.5), shown("mae", None)] == [
        "68.5 %",
        "53.12",
        "0.5",
        "–",
    ]


def test_chance_is_called_that(why):
    """When no tweak is clearly better than the commonest class, features and labels have nothing in common."""
    text = why([0.56] * 3, majority=0.52)
    assert "always answering yes (52.0 %)" in text
    assert "labels and rows belong together" in text
    assert "always answering" not in why([0.75], majority=0.52)


def test_chance_under_a_linear_model(why):
    """That it cannot see what only several features together tell is said."""
    assert "it is linear" in why([0.56] * 3, majority=0.52, estimator="LogisticRegression", knobs={"C": 1.0})
    assert "it is linear" not in why([0.56] * 3, majority=0.52)


def test_a_straight_model_is_told_about_others(why):
    """Suggested by name, in the words of the settings file."""
    text = why(estimator="LogisticRegression", knobs={"C": 1.0})
    assert "one weighted sum" in text
    assert "`estimators: [RandomForestClassifier, HistGradientBoostingClassifier, SVC]`" in text
    assert "may fit this data better than SVC" in why()
    assert "estimators:" not in why(estimator="GridSearchCV > SVC")
    assert "estimators:" not in why(alternatives={"LogisticRegression": {"C": 1.0}})


def test_hints_from_inside_are_passed_on(why):
    """What the family has noticed stands in the diagnosis."""
    assert "one unit with softmax" in why(hints=["one unit with softmax always answers 1"])


def test_the_end_of_a_range(why):
    """The best value is the last one tried: beyond it may be a better one."""
    assert "C = 1000.0 did best and is the most" in why(tweak={"C": 1000.0})
    assert "did best" not in why(tweak={"C": 10.0})
    assert "did best" not in why([0.6, 0.6], tweaks=[{"C": 10.0}, {"C": 1000.0}])
    assert "did best" not in why([0.53] * 3, majority=0.52, tweak={"C": 1000.0})  # the best of useless tweaks
    assert "n_estimators = 500 did best" in why(
        tweak={"n_estimators": 500}, estimator="RandomForestClassifier", knobs={"n_estimators": 100}
    )


def test_few_rows_and_a_wide_interval(why):
    """More rows to train on, more rows to evaluate."""
    assert "there are 60 training rows" in why(training=60)
    assert "40 test rows cannot tell" in why(test=0.79, rows=40)


@pytest.mark.parametrize(
    ("stopped", "said"), [("the trials are spent", "--max-trials 20"), ("the time is spent", "--timeout")]
)
def test_a_spent_budget(why, stopped, said):
    """What to give more of."""
    assert said in why(stopped=stopped)
    assert said not in why()


def test_validation_that_the_test_does_not_confirm(why):
    """Rows that differ, or too few of them."""
    assert "reached on validation rows (90.0 %) but not on the test rows (50.0 %)" in why([0.9])


def test_everything_failed(outcome, described):
    """The reason that most of the trials gave."""
    base = outcome(0, "baseline", test=0.5).model_copy(update={"described": described()})
    failed = [outcome(n, "search", {"C": float(n)}, failed="no memory") for n in range(1, CHANCE)]
    lines = diagnose("sklearn", base, base, [base, *failed], TARGET, "every trial failed: no memory")
    assert lines[0] == "every trial of the search failed: no memory"


def test_an_accuracy_that_needs_no_learning(evaluated):
    """No better than the commonest class; a target that the commonest class reaches."""
    assert of_majority(evaluated("test", 0.5, majority=0.56), 0.8) == "no better than always answering yes (56.0 %)"
    imbalanced = of_majority(evaluated("test", 0.9, majority=0.85), 0.8)
    assert imbalanced.startswith("always answering yes (85.0 %) would reach the target as well")
    assert "balanced_accuracy or f1_macro" in imbalanced
    assert of_majority(evaluated("test", 0.7, majority=0.56), 0.8) is None
    assert of_majority(evaluated("test", 0.7), 0.8) is None
