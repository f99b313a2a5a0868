"""What waits is read from the store by a process of its own, for the command status."""

from pathlib import Path
from urllib.parse import urlsplit

from pipelines.presence import WATCH
from pipelines.status import queue as queue_of_status
from pipelines.status.queue import read_queue
from pipelines.watch.queue import Queue


def test_what_waits_in_the_store_is_found(store, tmp_path, monkeypatch):
    """Without a service the store itself is asked; what runs already does not wait."""
    client, artifacts = store
    queue = Queue(client, artifacts)
    entry, _ = queue.accept("asked-for", "main", "a" * 40)
    queue.take(entry)
    queue.accept("asked-for", "main", "b" * 40)
    (tmp_path / WATCH).parent.mkdir()
    (tmp_path / WATCH).touch()
    monkeypatch.setenv("AUTOTWEAK_HOME", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{Path(urlsplit(artifacts).path).parent}/mlflow.db")
    monkeypatch.setattr(queue_of_status, "LOAD_S", 300.0)  # MLflow loads for long on a machine that has other work
    found = [push for push in read_queue(tmp_path).waiting if push.repository == "asked-for"]
    assert [(push.branch, push.commit) for push in found] == [("main", "b" * 40)]
    assert found[0].since.endswith("Z")
