"""An agent's side: who may use it, what of the driver's data it lacks, what it ends."""

import os
import sys
from pathlib import Path

import pytest

from mlprojects.contract.data_cache import Entry, store
from mlprojects.contract.journal import Journal
from mlprojects.contract.trial import TrialSpec
from pipelines.cluster import cached, host
from pipelines.cluster.host import Host, News
from pipelines.cluster.parcels import Job, Known, Parcel, tar_of
from pipelines.environments import Environment
from pipelines.errors import PlatformError
from pipelines.gpu import Given
from pipelines.sandbox import ProcessSandbox
from pipelines.spool import Spool


def job(search="a", data=None, digest=None):
    """Give the job of a driver of this version."""
    environment = Environment("sklearn")
    digest = digest or f"{environment.digest}-{environment.runtime_digest}"
    return Job(search, "sklearn", (), digest, 0, network=False, data=data or {})


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTOTWEAK_HOME", str(tmp_path / "agent"))


def test_another_version_is_refused():
    """Driver and agent would not mean the same: one line with both, and what to do."""
    with pytest.raises(PlatformError, match=r"driver has another, the agent .*install the same one on both"):
        Host(job(digest="another")).lacking()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_data_that_was_replaced_is_sent_again(tmp_path, kind):
    """Entries are compared by their contents, of the same size, too; what is half made counts for nothing."""
    ours, theirs = tmp_path / "driver", tmp_path / "agent" / "data"
    path = tmp_path / "given" / "table.csv"
    path.parent.mkdir()
    source = path if kind == "file" else path.parent
    entry = Entry("file", "table.csv")
    (ours / ".new-left").mkdir(parents=True)
    for content in ("old", "new"):
        path.write_text(content)
        store(ours, entry, source)
        lacking = Host(job(data=cached.listing(ours))).lacking()
        assert lacking == [entry.key]
        cached.replace(theirs, tar_of(ours, lacking))
        assert Host(job(data=cached.listing(ours))).lacking() == []
    assert [path.name for path in theirs.iterdir()] == [entry.key]
    found = theirs / entry.key / "content"
    assert (found if kind == "file" else found / "table.csv").read_text() == "new"


def hosted(search: str, code: str, gpu: Given | None = None) -> Host:
    """Give a host whose sandbox is a real process."""
    made = Host(job(search))
    made.root.mkdir(parents=True)
    made._box = ProcessSandbox([sys.executable, "-c", code], dict(os.environ), made.root / "sandbox.log", gpu)
    made._box.start()
    made._spool = Spool(made.root)
    host._HOSTS[search] = made
    return made


def test_what_drivers_have_left_is_ended(tmp_path: Path):
    """The next search ends hosts whose sandboxes are dead, and the host of a driver before it; others live on."""
    left, alive = hosted("left", ""), hosted("alive", "import time; time.sleep(600)")
    try:
        assert left._box._process.wait(timeout=60) == 0
        assert "ended with status 0" in left.dead
        host.reap("new")
        assert not left.root.exists()
        assert left.news({}, 1) == News({}, "it was ended", 0)
        assert alive.dead == ""
        process = alive._box._process
        host.reap("alive")
        assert process.poll() is not None
        assert not host._HOSTS
    finally:
        host.end_all()


def test_searches_share_the_slots_of_an_agent(monkeypatch: pytest.MonkeyPatch):
    """The second search gets the slot that the first one's trial leaves; one whose driver is gone waits for none."""
    monkeypatch.setenv(host.SLOTS, "2")
    first, second = (hosted(name, "import time; time.sleep(600)") for name in ("first", "second"))
    try:
        assert first.news({}, 3).slots == 2
        assert second.news({}, 2).slots == 0  # both are promised
        for number in (1, 2):
            first.give(TrialSpec(number, "search", "sklearn", "train.py").to_json(), Parcel())
        assert second.news({}, 2).slots == 0
        Journal(first._spool.paths.trial(1).journal).append("failed", kind="trial", reason="", where="")
        assert first.news({1: Known(), 2: Known()}, 1).slots == 0
        assert second.news({}, 2).slots == 1
        second.give(TrialSpec(1, "search", "sklearn", "train.py").to_json(), Parcel())
        Journal(first._spool.paths.trial(2).journal).append("failed", kind="trial", reason="", where="")
        assert second.news({1: Known()}, 1).slots == 0  # the first search has one waiting, and has one trial, too
        first._asked -= host.ASKS_S  # its driver asks no more
        assert second.news({1: Known()}, 1).slots == 1
    finally:
        host.end_all()


def test_searches_share_the_places_on_a_gpu(monkeypatch: pytest.MonkeyPatch):
    """Searches that compute on it have no more trials there than it has places; slots that are left are for others."""
    monkeypatch.setenv(host.SLOTS, "4")
    code, one = "import time; time.sleep(600)", Given(("GPU-1f",), "NVIDIA L4")
    first, second, third = hosted("first", code, one), hosted("second", code, one), hosted("third", code)
    try:
        assert [made.news({}, 4).slots for made in (first, second, third)] == [1, 0, 3]
    finally:
        host.end_all()
