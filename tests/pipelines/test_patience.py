"""What a search tells a trial of the trials before it, and how long it waits for one."""

from dataclasses import replace

import pytest

from mlprojects.contract.curves import LEAST
from pipelines.search.loop import PATIENCE, PATIENCE_S, Search
from pipelines.search.policy import Limits
from pipelines.spool import Spool
from tests.pipelines.simulated import TEMPLATE, Clock, Sandbox, Watcher, evaluated


@pytest.fixture
def searched(tmp_path, described):
    """Give a function that runs a search whose trials show a curve and take so many seconds; its specifications."""

    def run(family, seconds, curve=()):
        def does(spec, journal, _):
            journal.append("started", attempt=1, pid=1)
            for step, score in enumerate(curve):
                journal.append("epoch", step=step, model=0, logs={"val_accuracy": score})
            if spec.role != "search":
                facts = described(knobs={"scaler": "none", "epochs": 5, "learning_rate": 0.01, "C": 1.0})
                journal.append("described", **facts.model_dump(exclude={"event", "time"}))
            journal.append("evaluated", **evaluated("validation" if spec.role == "search" else "test", 0.5))
            journal.append("finished", fit_seconds=seconds, seconds=seconds)

        spool, clock, watcher = Spool(tmp_path / "spool"), Clock(), Watcher()
        template = replace(TEMPLATE, family=family)
        limits = Limits(template.target, 10, 1)
        Search(template, limits, 600.0, spool, Sandbox(spool, does), [watcher], clock, clock.sleep).run()
        return [spec for spec, _ in watcher.submissions if spec.role == "search"]

    return run


def test_trials_hear_how_those_before_them_did(searched):
    """Once there are enough to compare with."""
    specs = searched("keras", 1.0, curve=[0.1, 0.2, 0.3, 0.4, 0.5, 0.4])
    assert [spec.pace for spec in specs[:LEAST]] == [None] * LEAST
    assert {(spec.pace.best, spec.pace.medians) for spec in specs[LEAST:]} == {(0.5, (0.5, 0.5))}


def test_a_search_whose_trials_show_no_curve_has_no_pace(searched):
    """Nobody is compared with nothing."""
    assert {spec.pace for spec in searched("keras", 1.0)} == {None}


@pytest.mark.parametrize(("seconds", "limit_s"), [(0.1, PATIENCE_S), (3.0, PATIENCE * 3.0)])
def test_a_trial_without_epochs_is_not_waited_for_for_ever(searched, seconds, limit_s):
    """Many times what the others took is enough; the first ones have all the time that is left."""
    limits = [spec.timeout_s for spec in searched("sklearn", seconds)]
    assert min(limits[:LEAST]) > 500
    assert set(limits[LEAST + 1 :]) == {limit_s}  # one may have been given ahead of its time
