"""The measurement of a team's server, in small, with real servers and databases."""

import pytest

from benchmarks import load
from benchmarks.postgres import programs


@pytest.mark.slow
def test_no_metric_of_searches_that_write_at_once_is_lost():
    """What was refused, if anything, was made again; lists of runs are answered."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    database = "PostgreSQL, 2 workers"
    said = []
    (measured,) = load.main(["--scale", "0.02", "--only", database], said.append)
    assert (measured.lost, len(measured.latencies) - measured.refused) == (0, 3 * 20)
    assert set(measured.lists) == set(measured.indexed) == {"newest", "best", "one search"}
    assert said[0].startswith(f"| {database}")
    assert len(said) == 1


def test_the_page_has_a_row_for_each_server():
    """With its numbers in milliseconds."""
    row = load.Measured(
        "one", 2.0, [0.01, 0.02, 0.03, 0.04], refused=1, lists={"newest": 0.05}, indexed={"newest": 0.04}
    )
    assert load.table([row]).splitlines()[-1] == "| one | 2 | 30 ms | 40 ms | 1 | 0 | 50 ms (40) |"
