"""What Prometheus reads of the home and of the queue."""

import json

import pytest
from mlflow import MlflowClient
from prometheus_client import CollectorRegistry, generate_latest

from pipelines.notify.events import Event
from pipelines.notify.outbox import Outbox
from pipelines.notify.send import Channel
from pipelines.watch.config import WatchConfig
from pipelines.watch.metrics import HomeMetrics
from pipelines.watch.queue import Queue
from pipelines.watch.service import Service
from tests.kept_searches import keep_search


@pytest.fixture
def scrape(tmp_path):
    """Give a function that reads the metrics of the test's home: each line by its name and labels."""
    registry = CollectorRegistry()
    registry.register(HomeMetrics(tmp_path))

    def read():
        lines = generate_latest(registry).decode().splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}

    return read


def test_an_empty_home_has_all_its_metrics(scrape):
    """A rule may count on them before anything has happened."""
    found = scrape()
    assert found['autotweak_home_searches{state="interrupted"}'] == 0
    assert found['autotweak_restarts_total{cause="driver"}'] == 0
    assert found['autotweak_messages_total{result="failed"}'] == 0
    assert found["autotweak_trials_total"] == found["autotweak_outbox_waiting"] == 0


def test_searches_trials_and_restarts_are_counted(tmp_path, scrape):
    """Each search by how it is or ended; a new scrape sees what has changed."""
    keep_search(tmp_path, "1", trials=3, restarts=("driver", "out_of_memory", "driver"))
    with keep_search(tmp_path, "2", trials=1).driving():
        keep_search(tmp_path, "3", trials=1, how="ended", status="reached")
        found = scrape()
    states = ("interrupted", "running", "reached", "failed")
    assert [found[f'autotweak_home_searches{{state="{state}"}}'] for state in states] == [1, 1, 1, 0]
    assert found["autotweak_trials_total"] == 5
    assert found['autotweak_restarts_total{cause="driver"}'] == 2
    assert found['autotweak_restarts_total{cause="out_of_memory"}'] == 1
    assert scrape()['autotweak_home_searches{state="interrupted"}'] == 2


def test_messages_are_counted_by_what_became_of_them(tmp_path, scrape):
    """Also over restarts of the service: the counts are kept beside the outbox."""
    refusals = ["it is down"]

    def send(message):
        if refusals:
            raise OSError(refusals.pop())

    channel = Channel("a", "a", send)
    box = Outbox(tmp_path / "outbox")
    box.put(Event(id="1", kind="reached", time=1.0, name="wine"), [channel], 1_000.0)
    box.deliver([channel], lambda: 1_000.0)
    found = scrape()
    assert found["autotweak_outbox_waiting"] == 1
    assert found["autotweak_outbox_oldest_seconds"] > 1e6
    assert [found[f'autotweak_messages_total{{result="{result}"}}'] for result in ("sent", "failed")] == [0, 1]
    Outbox(tmp_path / "outbox").deliver([channel], lambda: 2_000.0)
    found = scrape()
    assert found["autotweak_outbox_waiting"] == 0
    assert [found[f'autotweak_messages_total{{result="{result}"}}'] for result in ("sent", "failed")] == [1, 1]


@pytest.mark.parametrize("damage", ["", "[]", '{"sent": "many"}'])
def test_a_damaged_count_begins_anew(tmp_path, scrape, damage):
    """The metrics go on, and so do deliveries."""
    channel = Channel("a", "a", lambda message: None)
    box = Outbox(tmp_path / "outbox")
    (tmp_path / "outbox" / "tally.json").write_text(damage)
    assert scrape()['autotweak_messages_total{result="sent"}'] == 0
    box.put(Event(id="1", kind="reached", time=1.0, name="wine"), [channel], 1_000.0)
    box.deliver([channel], lambda: 1_000.0)
    assert json.loads((tmp_path / "outbox" / "tally.json").read_text())["sent"] == 1


def test_metrics_are_there_without_the_tracking_server(monkeypatch):
    """An operator wants them most then: one says that it does not answer, the queue's length is not a number."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    queue = Queue(MlflowClient(tracking_uri="http://127.0.0.1:9"), None)
    config = WatchConfig.model_validate({"repositories": [{"url": "file:///nowhere"}]})
    service = Service(config, queue, None, lambda url: {}, str)
    service.step(0.0)
    text = service.metrics().decode()
    service.stop(end_searches=False)
    assert "autotweak_tracking_server_up 0.0" in text
    assert "autotweak_waiting_searches NaN" in text
