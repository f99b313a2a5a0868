"""How an overview reads, for people and for programs."""

import io
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.notify.events import Event
from pipelines.notify.outbox import Outbox
from pipelines.notify.send import Channel
from pipelines.presence import MONITOR, present
from pipelines.status.overview import Push, Queue, gather
from pipelines.status.show import age, show

ROOT = Path(__file__).resolve().parents[2]
NOTHING, NOW = Queue(), 1_800_000_000.0

STATUS = """
import sys
from pipelines.cli import main
try:
    main(["status", "--json"])
finally:
    print("mlflow" in sys.modules)
"""


@pytest.fixture
def shown(tmp_path):
    """Give a function that shows the home; on a terminal where asked."""

    def run(queue=NOTHING, terminal=False):
        output = io.StringIO()
        console = Console(file=output, force_terminal=terminal, width=150, highlight=False, soft_wrap=True)
        show(gather(tmp_path, queue, time.time()), console)
        return output.getvalue()

    return run


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s"), (0, "0 s"), (89, "89 s"), (90, "2 min"), (185, "3 min"), (5_400, "2 h"), (172_800, "2 d")],
)
def test_ages_as_a_person_says_them(seconds, said):
    """In one unit."""
    assert age(seconds) == said


def test_an_empty_home_says_so_and_what_to_do(shown):
    """Nothing else."""
    lines = shown().splitlines()
    assert "nothing was done here yet" in lines[0]
    assert [line.split()[0] for line in lines] == ["home", "next", "next"]


def test_all_of_it_in_plain_lines(tmp_path, shown, make_search, driven):
    """Queue, searches with their restarts, what is served, what waits to be told, and what to do."""
    driven(make_search("1", trials=3, restarts=("out_of_memory",)))
    make_search("2")
    make_search("3", how="ended", status="reached")
    served = tmp_path / "serving" / "wine"
    served.mkdir(parents=True)
    state = {"name": "wine", "alias": "champion", "version": "3", "since": "2026-01-01T00:00:00Z", "restarts": 2}
    (served / "state.json").write_text(json.dumps({**state, "address": "http://127.0.0.1:8000", "pid": 1}))
    event = Event(id="e", kind="failed", time=1.0, name="wine")
    Outbox(tmp_path / "outbox").put(event, [Channel("a", "a", print)], 1.0)
    queue = Queue((Push("digits", "main", "f" * 40, "2026-01-01T00:00:00Z", "r"),))
    text = shown(queue)
    for pattern in (
        r"watch +not running",
        r"queue +1 waiting\n +digits main ffffffffffff for \d+ d",
        r"searches +1 interrupted, 1 reached, 1 running",
        r"serving +wine: its service died; autotweak serve wine",
        r"outbox +1 wait, the oldest for \d+ d",
        r"wine +running +\d+ s +3 +1 out_of_memory +1 ",
        r"wine +interrupted +\d+ s +0 +2",
        r"next +autotweak resume",
        r"next +autotweak watch takes",
        r"next +autotweak monitor delivers",
    ):
        assert re.search(pattern, text), f"{pattern}\n{text}"
    with present(served / "service.lock", "taken"):
        assert re.search(r"wine version 3 for \d+ d at http://127.0.0.1:8000, 2 restarts", shown(queue))
    with present(tmp_path / MONITOR, "taken"):
        text = shown(queue)
        assert re.search(r"monitor +running for \d s", text)
        assert "autotweak resume" not in text


def test_a_queue_that_cannot_be_read_is_one_line(shown, make_search):
    """The rest is shown all the same."""
    make_search("1", how="ended", status="reached")
    text = shown(Queue(None, "the tracking server is down"))
    assert re.search(r"queue +not known: the tracking server is down\n", text)
    assert "1 reached" in text


def test_a_terminal_gets_a_table_with_the_latest(tmp_path, shown, make_search):
    """Ten that have ended, a reason in a line of its own; what was pushed sends nothing to the terminal."""
    for number in range(12):
        make_search(f"{number:02}", how="ended", status="reached", reason="\x1b[2J[bold]")
    make_search("99", how="ended", status="failed", reason=(why := "a reason of many words " * 5).strip())
    text = shown(terminal=True)
    assert f"99: {why.strip()}" in text
    assert "and 3 earlier ones" in text
    assert "\x1b[2J" not in text
    assert "[bold]" in text
    assert sum(f" {number:02} " in text for number in range(12)) == 9


def test_json_has_all_keys_and_no_password(tmp_path, make_search):
    """An object for programs: times as ISO 8601 has them, null where nothing is known."""
    make_search("1", trials=1, restarts=("driver",), source="https://me:secret@example.org/wine.git")
    found = gather(tmp_path, Queue(), NOW).to_json()
    assert list(found) == ["home", "time", "watch", "monitor", "queue", "counts", "searches", "serving", "outbox"]
    assert found["time"] == "2027-01-15T08:00:00Z"
    assert found["watch"] == {"running": False, "since": None, "pid": None, "address": None}
    assert found["queue"] == {"waiting": (), "problem": "", "length": 0}
    assert found["outbox"] == {"waiting": 0, "since": None, "error": ""}
    (search,) = found["searches"]
    assert search["source"] == "https://example.org/wine.git"
    assert (search["state"], search["trials"], search["restarts"]) == ("interrupted", 1, {"driver": 1})
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", search["since"])
    assert "secret" not in json.dumps(found)


def test_the_command_reads_two_hundred_searches_without_mlflow(tmp_path, make_search):
    """What is slow to load is not loaded where there is no queue to read."""
    first = make_search("000", trials=8, how="ended", status="reached")
    for number in range(1, 200):
        shutil.copytree(first.root, first.root.with_name(f"{number:03}"))
    environment = {"AUTOTWEAK_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", STATUS], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    said, loaded = done.stdout.splitlines()
    assert json.loads(said)["counts"] == {"reached": 200}
    assert loaded == "False"
