"""An ensemble that has grown in steps, with or without a kill in between, is the one that a single fit gives."""

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)

from mlprojects.contract.layout import TrialPaths
from mlprojects.contract.trial import TrialSpec
from mlprojects.sandbox.session import Session
from mlprojects.sklearn import growing

MODELS = [
    RandomForestClassifier(20, random_state=3),
    RandomForestClassifier(20),
    ExtraTreesClassifier(20, random_state=3, bootstrap=True, max_samples=0.5),
    GradientBoostingClassifier(n_estimators=12, random_state=3, subsample=0.7, max_features=4),
    RandomForestRegressor(20, random_state=3, max_features=0.3),
    ExtraTreesRegressor(20),
    GradientBoostingRegressor(n_estimators=12, random_state=3, loss="huber"),
]


def rows_for(model):
    """Small data of the model's task."""
    x, y = (
        load_digits(return_X_y=True)
        if hasattr(model, "classes_") or "Class" in type(model).__name__
        else (load_diabetes(return_X_y=True))
    )
    return x[:300], y[:300]


@pytest.fixture
def session(tmp_path, monkeypatch):
    """Give a trial in which every step is kept, and is short."""
    paths = TrialPaths(tmp_path / "0000")
    paths.root.mkdir()
    paths.spec.write_text("{}")
    monkeypatch.setattr(growing, "STEP_S", 0.0)
    monkeypatch.setattr(growing.Store, "worthwhile", lambda *_: True)
    return Session(TrialSpec(0, "baseline", "sklearn", "train.py"), paths)


class KilledError(BaseException):
    """Stands for the kill."""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{type(model).__name__}-{model.random_state}")
def test_steps_and_a_kill_change_nothing(session, model):
    """Predictions, parameters and what is drawn afterwards are those of one fit."""
    x, y = rows_for(model)
    np.random.seed(7)
    plain = pickle.loads(pickle.dumps(model)).fit(x, y)
    after = np.random.random()

    np.random.seed(7)
    first, calls = pickle.loads(pickle.dumps(model)), []

    def until_killed():
        calls.append(first.n_estimators)
        if len(calls) > 4:
            raise KilledError
        return first.fit(x, y)

    with pytest.raises(KilledError):
        growing.fit(session, first, (x, y), (), until_killed)
    again = Session(session.spec, session.paths)
    np.random.seed(7)
    second, grown = pickle.loads(pickle.dumps(model)), []

    def to_the_end():
        grown.append(second.n_estimators)
        return second.fit(x, y)

    assert growing.fit(again, second, (x, y), (), to_the_end) is second
    assert grown[0] > calls[-2]
    assert second.get_params() == plain.get_params()
    predict = "predict_proba" if hasattr(plain, "predict_proba") else "predict"
    assert np.array_equal(getattr(second, predict)(x), getattr(plain, predict)(x))
    assert np.random.random() == after
    assert len(second.estimators_) == model.n_estimators


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(5),
        RandomForestClassifier(warm_start=True),
        RandomForestClassifier(class_weight="balanced"),
        RandomForestClassifier(oob_score=True),
        RandomForestClassifier(random_state=np.random.RandomState(0)),
        GradientBoostingClassifier(),
        GradientBoostingClassifier(random_state=0, n_iter_no_change=5),
        HistGradientBoostingClassifier(random_state=0),
    ],
)
def test_what_is_not_sure_to_be_the_same_is_fitted_in_one_go(model):
    """Exactness comes before what a kill costs."""
    assert not growing.can_grow(model)


def test_a_short_fit_takes_two_steps(session, monkeypatch):
    """Where the first trees tell that the rest is quick, nothing is kept."""
    monkeypatch.setattr(growing, "STEP_S", 1e9)
    model, sizes = RandomForestClassifier(50, random_state=0), []
    x, y = rows_for(model)

    def once():
        sizes.append(model.n_estimators)
        return model.fit(x, y)

    with session.fitting():
        growing.fit(session, model, (x, y), (), once)
    assert sizes == [5, 50]


def test_what_cannot_be_kept_is_fitted_to_the_end(session, monkeypatch):
    """A full disk costs the checkpoint, not the trees; other rows and a monitor begin anew."""
    monkeypatch.setattr(growing.Store, "save", lambda *_: (_ for _ in ()).throw(OSError("No space left on device")))
    x, y = rows_for(model := RandomForestClassifier(20, random_state=0))
    assert len(growing.fit(session, model, (x, y), (), lambda: model.fit(x, y)).estimators_) == 20
    assert "No space left" in session.paths.journal.read_text()
    monkeypatch.undo()
    sizes, boosting = [], GradientBoostingClassifier(n_estimators=12, random_state=0)
    growing.fit(session, boosting, (x, y), ["monitor"], lambda: sizes.append(boosting.n_estimators))
    assert sizes == [12]
