"""Scripts that cross-validate: alone, before they fit, and beside a test."""

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from tests.sklearn.test_trials import LOAD, PINS, ROWS, SCALED, SCRIPT, SPLIT, TEST_ROWS, WEAK, by_hand


@pytest.mark.parametrize("cv", ["3", "KFold(3, shuffle=True)", "iter(list(KFold(3, shuffle=True).split(X)))"])
def test_a_script_that_only_cross_validates(run_script, cv):
    """Its folds are the test, as it printed them; the model that is saved is fitted on all rows."""
    script = LOAD + f"from sklearn.model_selection import KFold\nprint(*cross_val_score(SVC(), X, y, cv={cv}))\n"
    trial = run_script(script, save_model="always", requirements=PINS)
    (test,) = trial.of("evaluated")
    assert (test["split"], test["rows"]) == ("test", ROWS)
    printed = [float(score) for score in trial.output.splitlines()[0].split()]
    assert test["value"] == pytest.approx(sum(printed) / 3, abs=0.005)  # folds of 59 and 60 rows
    assert "cross-validation" in test["evidence"]
    assert trial.of("described")[0]["estimator"] == "SVC"
    assert trial.of("described")[0]["rows"] == ROWS
    assert "saved" in trial.kinds


def test_a_script_that_only_cross_validates_is_tuned(run_script):
    """With a tweak the script prints tuned folds, and these confirm; a search trial validates on rows of its own."""
    script = LOAD + "print(cross_val_score(SVC(), X, y, cv=3).mean())\n"
    trial = run_script(script, role="confirm", tweak=SCALED, gate=0)
    (test,) = trial.of("evaluated")
    assert (test["rows"], test["value"] > 0.9) == (ROWS, True)
    assert float(trial.output) == pytest.approx(test["value"], abs=0.005)
    search = run_script(script, role="search", tweak=SCALED, gate=0)
    assert [(event["split"], event["rows"]) for event in search.of("evaluated")] == [("validation", 36)]


def test_folds_given_as_places_of_rows_are_folded_again(run_script):
    """A grid search over folds that the script made beforehand goes without the rows held out."""
    script = SPLIT + "from sklearn.model_selection import GridSearchCV, KFold\n"
    script += "clf = GridSearchCV(SVC(), {'C': [1, 2]}, cv=list(KFold(3).split(X_train))).fit(X_train, y_train)\n"
    trial = run_script(script + "print(clf.score(X_test, y_test))", role="search", tweak=SCALED, gate=0, folds=3)
    assert trial.of("evaluated")[0]["value"] > 0.9


def test_rows_set_aside_confirm_a_script_that_cross_validates(run_script):
    """Where its folds were not measured, the rows set aside measure the tuned model."""
    script = LOAD + "print(cross_val_score(SVC(), X, y, cv=3).mean())\n"
    trial = run_script(script, role="confirm", tweak=SCALED, gate=0, holdout_fraction=0.25)
    (test,) = trial.of("evaluated")
    assert test["rows"] == round(0.25 * ROWS)
    assert test["value"] > 0.9


def test_models_that_are_cross_validated_are_compared(run_script):
    """Of several the best by its own folds counts; one that is also fitted takes the folds' place."""
    script = (
        LOAD + "for model in (SVC(C=0.001), SVC(kernel='linear'), SVC(C=0.01)):\n    cross_val_score(model, X, y)\n"
    )
    trial = run_script(script)
    assert trial.of("described")[0]["gate"] == 1
    assert trial.of("evaluated")[0]["value"] > 0.9
    assert run_script(script + "model.fit(X, y)\n").of("evaluated") == []


def test_fitting_and_cross_validating_the_same_model(run_script):
    """A script that fits, evaluates, and cross-validates the same variable can be tuned with a scaler."""
    script = SCRIPT + "print(cross_val_score(clf, X, y, cv=3).mean())\n"
    trial = run_script(script, role="confirm", tweak=SCALED, gate=0)
    assert trial.of("fault") == []
    (test,) = trial.of("evaluated")
    assert test["value"] == pytest.approx(by_hand(make_pipeline(StandardScaler(), SVC(C=10.0))))
    assert trial.kinds[-1] == "finished"
    assert "script_error" not in trial.events[-1]


def test_cross_validating_before_the_test_leaves_the_test_a_test(run_script):
    """Rows that only cross-validation has seen are no training rows of the model that was fitted."""
    script = WEAK + "cross_val_score(clf, X, y, cv=3)\nprint(clf.score(X_test, y_test))\n"
    trial = run_script(script)
    (test,) = trial.of("evaluated")
    assert test["value"] == pytest.approx(by_hand(SVC()))
    assert trial.of("described")[0]["rows"] == ROWS - TEST_ROWS


def test_cross_validating_all_rows_does_not_steer_with_test_rows(run_script):
    """The validation score that counts is on training rows, though the script cross-validates all of its data."""
    script = SCRIPT + "print(cross_val_score(clf, X, y, cv=3).mean())\n"
    trial = run_script(script, role="search", tweak={"C": 10.0}, gate=0, folds=5)
    assert trial.of("evaluated", split="validation")[-1]["rows"] == ROWS - TEST_ROWS
