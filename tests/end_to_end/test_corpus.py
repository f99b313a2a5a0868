"""A cross-section of the corpus, run as a user would; `make scores` runs all of it."""

import pytest

from benchmarks.cases import Case, false_reached, load, wrong_ending
from tests.end_to_end.conftest import AutoTweak

SECTION = (
    "running/fails_after_training.py",
    "running/missing_module.py",
    "running/writes_elsewhere.py",
    "kerastune/normalization_layer.py",
    "sktune/two_names.py",
    "measuring/test_rows_are_training_rows.py",
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


def test_what_cannot_be_learned_is_not_reached(autotweak: AutoTweak) -> None:
    """A forest on random labels stays below the target, however many tweaks are tried."""
    source = next(case.source for case in load() if case.path == "measuring/random_labels.py")
    ran = autotweak("run", source, "--sandbox", "process", "--max-trials", "12", "--json")
    assert (ran.status, ran.json["status"], ran.json["model"]) == (1, "not_reached", None)
