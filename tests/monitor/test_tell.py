"""What the monitor does reaches the outbox and the tracking server."""

import os

import pytest
from mlflow import MlflowClient, set_tracking_uri

from pipelines.monitor.tell import Told
from pipelines.notify.announce import FOLDER
from pipelines.notify.outbox import Outbox
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
    events = {entry.event.id: entry.event for entry in Outbox(tmp_path / FOLDER).waiting()}
    assert sorted(events) == ["20260101-a-given_up-0", "20260101-a-restarted-1", "20260101-a-restarted-2"]
    assert events["20260101-a-restarted-2"].reason == "its driver died"
    closed = client.get_run(run)
    assert (closed.info.status, closed.data.tags["autotweak.status"]) == ("FAILED", "given_up")
    assert closed.data.tags["autotweak.reason"].startswith("5 restarts")
