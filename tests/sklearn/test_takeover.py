"""The script's own variable becomes the tuned model."""

import copy
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted

from mlprojects.sklearn.estimators import tuned
from mlprojects.sklearn.takeover import release, take_over, tuned_model

X, Y = load_wine(return_X_y=True)
SCALED = {"scaler": "standard", "C": 10.0}


def taken_over(model, tweak):
    """The script's model after its ``fit`` under a tweak, and the tuned model that was fitted."""
    fitted = tuned(model, X, tweak).fit(X, Y)
    take_over(model, fitted)
    return model, fitted


def test_the_same_class_takes_over_the_state():
    """Without a scaler, the script's model has the tuned model's parameters and attributes."""
    model, fitted = taken_over(SVC(), {"C": 10.0})
    assert type(model) is SVC
    assert model.C == 10.0
    assert (model.predict(X) == fitted.predict(X)).all()
    assert tuned_model(model) is model


def test_predictions_go_through_the_scaler():
    """A plain model behind a scaler predicts and scores what the pair of them does, as a person would write it."""
    model, fitted = taken_over(SVC(probability=True, random_state=0), SCALED)
    written = make_pipeline(StandardScaler(), SVC(C=10.0, probability=True, random_state=0)).fit(X, Y)
    assert (model.predict(X) == written.predict(X)).all()
    assert model.score(X, Y) == written.score(X, Y) > 0.95
    assert np.allclose(model.decision_function(X), written.decision_function(X))
    assert np.allclose(model.predict_proba(X), written.predict_proba(X))
    assert tuned_model(model) is fitted


def test_it_is_still_what_the_script_made():
    """Class, name, fitted attributes and parameters are those of the script's own kind of model."""
    model, fitted = taken_over(LogisticRegression(), SCALED)
    assert isinstance(model, LogisticRegression)
    assert type(model).__name__ == "LogisticRegression"
    assert is_classifier(model)
    check_is_fitted(model)
    assert model.get_params()["C"] == 10.0
    assert (model.coef_ == fitted.steps[-1][1].coef_).all()
    assert repr(model).startswith("LogisticRegression(")


def test_a_method_that_the_tuned_model_lacks_is_missing():
    """Without probabilities there is no such method, with a scaler or without."""
    model, _ = taken_over(SVC(), SCALED)
    assert not hasattr(model, "predict_proba")
    assert not hasattr(model, "no_such_attribute")


@pytest.mark.parametrize("tweak", [{"C": 10.0}, SCALED, {"estimator": "KNeighborsClassifier", "scaler": "minmax"}])
@pytest.mark.parametrize("way", ["pickle", "joblib", "deepcopy"])
def test_a_pickle_is_the_tuned_model(tweak, way, tmp_path):
    """Whatever way the script stores its model, what comes back predicts the same."""
    model, fitted = taken_over(SVC(), tweak)
    if way == "joblib":
        joblib.dump(model, tmp_path / "model.joblib")
        back = joblib.load(tmp_path / "model.joblib")
    else:
        back = pickle.loads(pickle.dumps(model)) if way == "pickle" else copy.deepcopy(model)
    assert (back.predict(X) == fitted.predict(X)).all()
    assert type(back) is type(fitted)


def test_a_pickle_is_read_without_autotweak(tmp_path):
    """A process that cannot import our packages reads the script's stored models and predicts."""
    model, fitted = taken_over(SVC(), SCALED)
    pipeline, _ = taken_over(make_pipeline(PCA(3), SVC()), SCALED)
    joblib.dump((model, pipeline, X), tmp_path / "model.joblib")
    code = (
        "import sys, joblib\n"
        "sys.modules['mlprojects'] = None\n"
        "model, pipeline, x = joblib.load('model.joblib')\n"
        "assert len(pipeline.predict(x)) == len(x)\n"
        "print(*model.predict(x))"
    )
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(label) for label in fitted.predict(X)]


def test_a_pipeline_keeps_the_scripts_step_objects():
    """Steps that the script holds under names of their own are the fitted ones, and the new one is there as well."""
    reduction, classifier = PCA(5), SVC()
    model, fitted = taken_over(Pipeline([("reduce", reduction), ("classify", classifier)]), SCALED)
    assert model.named_steps["classify"] is classifier
    assert model.named_steps["reduce"] is reduction
    assert reduction.components_.shape == (5, 13)
    assert classifier.C == 10.0
    assert (model.predict(X) == fitted.predict(X)).all()
    assert isinstance(model.steps[0][1], StandardScaler)
    assert len(model) == 3


def test_another_estimator_stands_behind_the_scripts_variable():
    """A model that was replaced hands its methods on, and has none of its own attributes left to mislead."""
    model, fitted = taken_over(SVC(), {"estimator": "KNeighborsClassifier"})
    assert isinstance(fitted, KNeighborsClassifier)
    assert isinstance(model, SVC)
    assert (model.predict(X) == fitted.predict(X)).all()
    assert not hasattr(model, "support_vectors_")


def test_released_it_is_a_plain_model_again():
    """After a release the model is of its own class and can be fitted as such; releasing twice is the same."""
    model, _ = taken_over(SVC(), SCALED)
    release(model)
    assert type(model) is SVC
    release(model)
    assert (model.fit(X, Y).predict(X) == SVC(C=10.0).fit(X, Y).predict(X)).all()


def test_fitted_again_it_is_tuned_once():
    """A second fit under the same tweak gives the same model as the first."""
    model, first = taken_over(SVC(), SCALED)
    before = model.predict(X)
    release(model)
    model, second = taken_over(model, SCALED)
    assert (model.predict(X) == before).all()
    assert [name for name, _ in second.steps] == [name for name, _ in first.steps]
    assert type(second.steps[-1][1]) is SVC


def test_a_clone_can_be_fitted_and_predicts():
    """What cross-validation or a grid search makes of the script's tuned model is a working model."""
    model, _ = taken_over(SVC(), SCALED)
    copied = clone(model).fit(X, Y)
    assert len(copied.predict(X)) == len(X)
    assert copied.score(X, Y) > 0.5
