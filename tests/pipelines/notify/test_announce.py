"""When a run is told, and that telling never harms it."""

import threading

import pytest

from pipelines.errors import SourceError, UsageError
from pipelines.notify.announce import FOLDER, addressed, announce, announce_start
from pipelines.notify.collect import Notice
from pipelines.notify.outbox import Delivery, Outbox
from pipelines.notify.send import Channel
from pipelines.report import Report
from pipelines.settings import MachineSettings


@pytest.fixture
def tell(tmp_path):
    """Give a function that announces an error, and returns what was sent and what was warned of."""

    def run(error, folder=tmp_path):
        got, warnings = [], []
        machine = MachineSettings(home=folder)
        report = Report("failed", {"reason": str(error)} if isinstance(error, SourceError) else {})
        channels = [Channel("a", "a", got.append)]
        announce(channels, machine, Notice("s1", "somewhere"), report, error, warnings.append)
        return got, warnings

    return run


def test_nobody_is_addressed_unless_it_is_set(monkeypatch):
    """No address, no channel."""
    monkeypatch.delenv("AUTOTWEAK_NOTIFY", raising=False)
    assert addressed(MachineSettings()) == []


def test_the_variable_holds_addresses_with_spaces_between(monkeypatch):
    """Each is a channel; a mail's recipients are a channel each."""
    mail = "mailtos://me:pw@localhost?from=me@example.org&to=a@example.org,b@example.org"
    monkeypatch.setenv("AUTOTWEAK_NOTIFY", f" {mail}  ntfy://localhost/topic ")
    found = addressed(MachineSettings())
    assert [channel.id for channel in found[:2]] == ["mail a@example.org", "mail b@example.org"]
    assert found[2].id.startswith("ntfy ")


def test_a_wrong_address_is_said_without_its_secrets(monkeypatch):
    """It is a mistake in the settings, said before anything is trained."""
    monkeypatch.setenv("AUTOTWEAK_NOTIFY", "mailtos://me:hunter22@")
    with pytest.raises(UsageError, match=r"AUTOTWEAK_NOTIFY: the address mailtos://\.\.\.") as error:
        addressed(MachineSettings())
    assert "hunter22" not in str(error.value)


def test_a_failure_is_told_with_its_reason(tell):
    """The source's fault in its own words, a fault of ours as one."""
    (message,), warnings = tell(SourceError("train.py:7: no data"))
    assert "train.py:7: no data" in message.subject
    assert warnings == []


def test_an_internal_error_is_told(tell):
    """It is a failure like others."""
    (message,), _ = tell(ZeroDivisionError("by zero"))
    assert "internal error: by zero" in message.text


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143), UsageError("no such folder")])
def test_what_the_caller_did_is_not_told(tell, error):
    """Neither Ctrl-C nor a mistyped command is news to anybody."""
    assert tell(error) == ([], [])


def test_an_outbox_that_cannot_be_written_is_a_warning(tell, tmp_path):
    """One line, and the run goes on to its end."""
    (tmp_path / "file").write_text("")
    got, (warning,) = tell(SourceError("no data"), tmp_path / "file")
    assert got == []
    assert "NotADirectoryError" in warning


def test_a_failed_delivery_is_a_warning(tmp_path):
    """The event waits in the outbox below the machine's home."""

    def refuse(message):
        raise OSError("it is down")

    warnings = []
    machine, report = MachineSettings(home=tmp_path), Report("failed", {"reason": "no data"})
    channels = [Channel("a", "ada", refuse)]
    announce(channels, machine, Notice("s1", "somewhere"), report, SourceError("no data"), warnings.append)
    assert warnings == ["not everybody could be told; autotweak monitor, or the next run, tries again: ada: it is down"]
    assert len(Outbox(tmp_path / FOLDER)._load(Delivery())) == 1


def told_of_a_start(machine):
    """What is sent when a search begins; the thread that sends it has ended."""
    got = []
    announce_start([Channel("a", "a", got.append)], machine, Notice("s1", "somewhere"), Report())
    for thread in threading.enumerate():
        if thread.name == "tell":
            thread.join(60)
    return got


def test_a_start_is_told_once_where_that_is_wanted(tmp_path):
    """Not unless it is asked for, and not again by a driver that resumes the search."""
    machine = MachineSettings(home=tmp_path)
    assert told_of_a_start(machine) == []
    machine = machine.model_copy(update={"notify_started": True})
    (message,) = told_of_a_start(machine)
    assert message.subject == "[autotweak] somewhere: training started"
    assert told_of_a_start(machine) == []
