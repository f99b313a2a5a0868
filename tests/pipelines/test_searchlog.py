"""The log of a search: written, cut anywhere, read again."""

import pytest

from mlprojects.contract.trial import TrialSpec
from pipelines.errors import PlatformError
from pipelines.search.log import Closed, Driving, Ended, Exhausted, Restarted, SearchLog, Stopped, Submitted, parse

SPEC = TrialSpec(trial=1, role="search", family="keras", entry="train.py", tweak={"units": 8, "rate": 1e-3, "on": True})


@pytest.fixture
def path(tmp_path):
    """Give the path of a log that does not exist yet."""
    return tmp_path / "search.jsonl"


def fill(path, outcome):
    """A log with one record of each kind."""
    log = SearchLog.open(path)
    log.clock = lambda: 7.0
    log.drive()
    log.append(Submitted, spec=SPEC, origin="ladder")
    log.append(Restarted, cause="infrastructure", reason="it “died”", trials=(1,))
    log.append(Ended, outcome=outcome(1, "search", SPEC.tweak, validation=0.1 + 0.2))
    log.append(Exhausted)
    log.append(Stopped, reason="reached")
    log.append(Closed, how="ended")


def test_what_was_written_is_read(path, outcome):
    """The same values, bit for bit, and the time that was spent."""
    fill(path, outcome)
    log = SearchLog.open(path)
    assert [type(step) for step in log.steps] == [Submitted, Restarted, Ended, Exhausted, Stopped]
    assert log.take(Submitted).spec == SPEC
    assert [type(value) for value in SPEC.tweak.values()] == [int, float, bool]
    log.take(Restarted)
    assert log.take(Ended).outcome == outcome(1, "search", SPEC.tweak, validation=0.1 + 0.2)
    assert log.spent_s == 7.0


def test_a_log_cut_anywhere_is_its_whole_lines(path, outcome):
    """Whatever byte a crash stops at, what is whole is read, the rest is taken away, and writing goes on behind it."""
    fill(path, outcome)
    data = path.read_bytes()
    whole, _ = parse(data)
    for cut in range(len(data) + 1):
        records, taken = parse(data[:cut])
        assert records == whole[: len(records)]
        assert taken == (data[:cut].rfind(b"\n") + 1)
    path.write_bytes(data[:-10] + b"\0" * 5)
    log = SearchLog.open(path)
    log.append(Closed, how="interrupted")
    assert [type(record) for record in SearchLog.open(path).records] == [type(r) for r in whole[:-1]] + [Closed]


def test_garbage_in_the_middle_is_said(path, outcome):
    """Nobody guesses what stood there."""
    fill(path, outcome)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{}\n", *lines[1:]]))
    with pytest.raises(PlatformError, match=r"damaged: line 2"):
        SearchLog.open(path)


@pytest.mark.parametrize(
    ("records", "boot", "reason"),
    [
        ([], "a", None),
        ([Driving(time=1, spent_s=0, boot="a")], "a", "the driver died"),
        ([Driving(time=1, spent_s=0, boot="a")], "b", "the machine was restarted"),
        ([Driving(time=1, spent_s=0), Closed(time=2, spent_s=0, how="interrupted")], "a", "it was interrupted"),
        ([Driving(time=1, spent_s=0), Closed(time=2, spent_s=0, how="failed", reason="x")], "a", "it had failed: x"),
    ],
)
def test_why_a_driver_takes_over(records, boot, reason):
    """It died, alone or with its machine, or it said why it left."""
    from pipelines.search.log import _why_left

    assert _why_left(records, boot) == reason


def test_a_log_of_another_mind_is_not_followed(path, outcome):
    """Where it says something else than is done now, the search is not resumed."""
    fill(path, outcome)
    with pytest.raises(PlatformError, match="'submitted' where 'ended' was expected"):
        SearchLog.open(path).take(Ended)
