"""What the monitor does reaches the outbox and the tracking server."""

import os
import time

import pytest
from mlflow import MlflowClient, set_tracking_uri

from pipelines.monitor.tell import DELIVER_S, Told
from pipelines.notify.announce import FOLDER, addressed
from pipelines.notify.events import Event
from pipelines.notify.outbox import Delivery, Outbox
from pipelines.options import RunOptions
from pipelines.searches import Asked
from pipelines.settings import MachineSettings


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Settings with an address at which nobody answers, and a store of their own."""
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    yield MachineSettings(home=tmp_path, notify="json://127.0.0.1:9/")
    set_tracking_uri(None)


def test_people_are_told_and_the_run_is_closed(machine, tmp_path):
    """One event per restart and one at the end, with their reasons; nobody waits for the run of a search given up."""
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    run = client.create_run(client.create_experiment("wine")).info.run_id
    asked = Asked(search="20260101-a", options=RunOptions("wine"), folder="/", run_id=run)
    told = Told(machine)
    told.resumed(asked, "its driver died", 1)
    told.resumed(asked, "its driver died", 2)
    told.given_up(asked, "5 restarts within 15 minutes did not help")
    told.stop()
    events = {entry.event.id: entry.event for entry in Outbox(tmp_path / FOLDER)._load(Delivery())}
    assert sorted(events) == ["20260101-a-given_up-0", "20260101-a-restarted-1", "20260101-a-restarted-2"]
    assert events["20260101-a-restarted-2"].reason == "its driver died"
    closed = client.get_run(run)
    assert (closed.info.status, closed.data.tags["autotweak.status"]) == ("FAILED", "given_up")
    assert closed.data.tags["autotweak.reason"].startswith("5 restarts")


def test_what_waits_is_delivered_without_another_run(machine, mail_server, tmp_path):
    """The outbox is looked at every few seconds; an attempt that failed is tried again only when its wait is over."""
    machine = machine.model_copy(update={"notify": mail_server.url()})
    channels, box = addressed(machine), Outbox(tmp_path / FOLDER)
    event = Event(id="1", kind="reached", time=1.0, name="wine")
    mail_server.refuse = "451 later"
    box.put(event, channels, time.time())
    box.deliver(channels, time.time)
    mail_server.refuse = None
    box.put(event.model_copy(update={"id": "2"}), channels, time.time())
    told = Told(machine)
    told.step(0.0)
    told.step(DELIVER_S / 2)
    told.stop()
    assert len(mail_server.mails) == 1
    assert [entry.event.id for entry in box._load(Delivery())] == ["1"]
    box.deliver(channels, lambda: time.time() + 120)
    assert len(mail_server.mails) == 2


def test_others_may_be_told_of_what_is_theirs(machine, mail_server, tmp_path):
    """A search tells those whom it was asked for with; an event for a repository's people goes to them."""
    theirs, ours = mail_server.url("theirs@example.org"), mail_server.url("ours@example.org")
    machine = machine.model_copy(update={"notify": ours})
    asked = Asked(search="s", options=RunOptions("wine"), folder="/", notify=theirs)
    event = Event(id="1", kind="reached", time=1.0, name="wine")
    Outbox(tmp_path / FOLDER).put(event, addressed(asked.told(machine)), time.time())
    told = Told(machine, [theirs])
    told.resumed(asked, "its driver died", 1)
    told.step(0.0)
    told.stop()
    assert [to for _, to in mail_server.envelopes] == [["theirs@example.org"]] * 2
    assert {mail["Subject"] for mail in mail_server.mails} == {
        "[autotweak] wine: target reached",
        "[autotweak] wine: restarted: its driver died",
    }
    assert Outbox(tmp_path / FOLDER)._load(Delivery()) == []
