"""A cross-section of the corpus, run as a user would; `make scores` runs all of it."""

import pytest

from benchmarks.cases import Case, false_reached, load, wrong_ending
from tests.end_to_end.conftest import AutoTweak

SECTION = (
    "sktune/joblib_pickle.py",
    "measuring/test_rows_are_training_rows.py",
    "measuring/random_labels.py",
    "measuring/clustering.py",
    "running/fails_after_training.py",
    "running/missing_module.py",
    "kerastune/stop_at_accuracy_callback.py",
)
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", [case for case in load() if case.path in SECTION], ids=lambda case: case.path)
def test_a_script_ends_as_it_should(case: Case, autotweak: AutoTweak) -> None:
    """The run ends as the manifest says, on as many test rows as the script has."""
    ran = autotweak("run", case.source, "--sandbox", "process", "--max-trials", "12", "--json", "--no-promote")
    report = ran.json
    assert wrong_ending(case, report, ran.status, ran.stderr) == ""
    assert false_reached(case, report) == ""
    if case.rows is not None and report["baseline"]:
        assert report["baseline"]["test_rows"] == case.rows
