"""The journal: one JSON event a line."""

import json
import math

import numpy as np
import pytest

from mlprojects.contract.journal import Journal, clean, parse


def test_what_is_no_number_becomes_null():
    """NaN and infinities, plain or in NumPy, nested or not, are null in JSON."""
    values = {"a": math.nan, "b": [math.inf, -math.inf, 1.5], "c": np.float32("nan"), "d": np.array([1.0, np.nan])}
    assert clean(values) == {"a": None, "b": [None, None, 1.5], "c": None, "d": [1.0, None]}


def test_numpy_becomes_plain_python():
    """Scalars and arrays of NumPy lose their type, keys become text, anything else its text."""
    cleaned = clean({1: np.int64(3), "b": np.bool_(True), "s": np.str_("x"), "m": np.eye(2), "o": (1, {2})})
    assert cleaned == {"1": 3, "b": True, "s": "x", "m": [[1.0, 0.0], [0.0, 1.0]], "o": [1, "{2}"]}
    assert type(cleaned["1"]) is int
    assert type(cleaned["b"]) is bool


def test_events_come_back_in_order(tmp_path):
    """What is appended is parsed again, with times that do not run backwards."""
    path = tmp_path / "journal.jsonl"
    for step in range(3):
        Journal(path).append("epoch", step=step, logs={"loss": math.nan, "name": "ä\n\r\u2028x"})
    events, taken = parse(path.read_bytes())
    assert [event["step"] for event in events] == [0, 1, 2]
    assert events[0]["logs"] == {"loss": None, "name": "ä\n\r\u2028x"}
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    assert taken == path.stat().st_size


def test_a_broken_last_line_waits_for_its_rest():
    """A line without its end is left for the next call, which then reads it whole."""
    whole, half = b'{"event": "a", "time": 1}\n', b'{"event": "b", "ti'
    events, taken = parse(whole + half)
    assert [event["event"] for event in events] == ["a"]
    assert taken == len(whole)
    assert parse(half + b'me": 2}\n')[0] == [{"event": "b", "time": 2}]


def test_nothing_is_no_event():
    """An empty journal and empty lines hold no events."""
    assert parse(b"") == ([], 0)
    assert parse(b"\n  \n") == ([], 4)


@pytest.mark.parametrize(
    "line",
    [b'{"event": "a", "ti', b"[1]", b'"text"', b'{"event": 3, "time": 1}', b'{"event": "a"}', b"\xff\xfe", b"{}"],
)
def test_a_broken_line_in_the_middle_is_an_error(line):
    """A whole line that is no event is refused, not skipped."""
    good = json.dumps({"event": "a", "time": 1}).encode()
    with pytest.raises(ValueError):
        parse(good + b"\n" + line + b"\n" + good + b"\n")
