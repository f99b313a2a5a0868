"""The score of the corpus is honest: what counts as right, as equal and as a false "reached"."""

import subprocess
import sys

import pytest

from benchmarks import cases, table, twins
from benchmarks.cases import Case


def case(**fields) -> Case:
    """A case that is expected to reach the target."""
    return Case(**{"path": "sktune/chained.py", "family": "sklearn", "run": "reach", "covers": "", **fields})


def report(status: str = "reached", test: float | None = 0.9, rows: int = 40, **fields):
    """The report of a run whose second trial is its best."""
    outcome = {"trial": 1, "test": test, "test_rows": rows}
    baseline = {**outcome, "trial": 0, "test": 0.5}
    return {"status": status, "baseline": baseline, "best": outcome, "trials": 2, "reason": "", **fields}


def test_another_ending_than_the_expected_one_is_wrong() -> None:
    """What a run came to is compared with the manifest, and what it has to say is looked for."""
    assert cases.wrong_ending(case(), report(), 0, "") == ""
    assert cases.wrong_ending(case(), report("not_reached"), 1, "").startswith("not_reached, should be reach")
    diagnosed = case(run="not_reached", says="majority")
    assert cases.wrong_ending(diagnosed, report("not_reached"), 1, "no better than the Majority class") == ""
    silent = report("not_reached", evidence=[{"text": "majority = 1"}])
    assert "nothing said" in cases.wrong_ending(diagnosed, silent, 1, "inspect  a.py\n         a.py:1  majority = 1\n")


def test_an_error_of_the_platform_is_never_right() -> None:
    """Where a reason is expected, only a reason with exit status 2 or an honest ending below the target will do."""
    ungated = case(run="ungated", says="regression")
    failed = report("failed", reason="regression", baseline=None, best=None)
    assert cases.wrong_ending(ungated, failed, 2, "") == ""
    assert cases.wrong_ending(ungated, failed, 3, "").startswith("platform_error")


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"impossible": True}, "no model"), ({"run": "ungated"}, "was expected"), ({"rows": 30}, "measured on 40 rows")],
)
def test_a_reached_that_cannot_be_true_is_false(fields, words) -> None:
    """An impossible case, one without an accuracy, and other rows than the script's own are found out."""
    assert words in cases.false_reached(case(**fields), report())
    assert cases.false_reached(case(**fields), report("not_reached")) == ""
    assert cases.false_reached(case(rows=40), report()) == ""


@pytest.mark.parametrize(
    ("output", "measured", "same"),
    [
        ("Accuracy: 0.7407407407407407\n", 20 / 27, True),
        ("loss 0.4 acc 0.7407407641410828\n", 20 / 27, True),
        ("Accuracy: 74.07%\n", 20 / 27, True),
        ("Accuracy: 0.7407407407407407\n", 19 / 27, False),
        ("Accuracy: 0.74\n", 0.7502, False),
        ("nothing\n", 20 / 27, False),
    ],
)
def test_a_printed_score_is_compared_to_its_last_digit(output, measured, same) -> None:
    """Ratios, percentages and single precision are understood; another score is another score."""
    assert cases.same_score(cases.last_number(output), measured) is same


def test_every_printed_line_has_to_be_printed_again() -> None:
    """Times and progress may differ, other numbers and their order may not."""
    plain = "loss 0.25\n10/10 - 0s - 12ms/step - loss: 1.0\n<object at 0x7f01>\nacc 0.5\n"
    assert (
        cases.missing_line(plain, "a warning\nloss 0.25\n10/10 - 1s - 15ms/step\n<object at 0x7fff>\nacc 0.5\n") == ""
    )
    assert cases.missing_line(plain, "acc 0.5\nloss 0.25\n<object at 0x7fff>\n") == "acc 0.5"


def test_a_twin_has_other_labels_and_the_same_rows(tmp_path) -> None:
    """The twin of a script on iris sees the flowers with shuffled kinds, and reads as the script does."""
    chained = next(c for c in cases.load() if c.path == "sktune/string_labels.py")
    assert twins.possible(chained)
    twin = twins.make(chained, tmp_path)
    assert twin.read_text().endswith(chained.source.read_text())
    code = (
        "import shuffled_labels, numpy; from sklearn.datasets import load_wine as l; b = l(as_frame=True);"
        "import sklearn.datasets._base as o; t = o.load_wine();"
        "assert (b.data.values == t.data).all() and (b.target != t.target).any();"
        "assert sorted(b.frame.target) == sorted(t.target) and (l(return_X_y=True)[1] == b.target).all()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=twin.parent, check=True)


def test_the_table_shows_what_fails() -> None:
    """A failure stands in its row and is left out of the counts."""
    good = {
        "path": "seeds/a.py", "covers": "seeds", "reading": "", "came_to": "reach", "wrong": "", "trains": True,
        "reachable": True, "baseline": 0.5, "best": 0.9, "equal": True, "differs": "", "false_reached": "",
        "twin": "not_reached", "seconds": 3.0,
    }  # fmt: skip
    bad = {**good, "path": "seeds/b.py", "came_to": "source_error", "wrong": "no a|b", "baseline": None, "equal": None}
    page = table.document([good, bad], 3, {"max_trials": 4, "timeout": "1m", "sandbox": "process"})
    assert "2 of the 3 scripts" in page
    assert "## Seeds: 1 of 2" in page
    assert "ending: no a\\|b" in page
    assert table.counts([good, bad])["run unmodified to a measured baseline"] == (1, 2)
