"""The queue against a real store: one search a commit, newer before older of the same branch, none lost."""

from __future__ import annotations

import threading
import uuid

import pytest
from mlflow import MlflowClient

from pipelines.errors import PlatformError
from pipelines.watch.queue import Queue
from pipelines.watch.wanted import Kind
from tests.watch.conftest import Counting


@pytest.fixture
def name():
    """A repository of its own for each test."""
    return f"wine-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def queue(store):
    """A queue in the shared store."""
    return Queue(*store)


def mine(entries, name):
    """Those of one repository."""
    return [(entry.branch, entry.commit) for entry in entries if entry.repository == name]


def test_an_accepted_push_is_a_run_that_waits(queue, store, name):
    """The run is scheduled, has commit and branch, and another queue on the same store sees it."""
    entry, new = queue.accept(name, "main", "a" * 40)
    run = store[0].get_run(entry.run_id)
    assert new
    assert (run.info.status, run.data.tags["mlflow.source.git.commit"]) == ("SCHEDULED", "a" * 40)
    assert mine(Queue(*store).waiting(), name) == [("main", "a" * 40)]


def test_a_commit_has_one_search(queue, store, name):
    """Delivered again, on another branch, or after it has ended: it is the same entry."""
    first, _ = queue.accept(name, "main", "a" * 40)
    assert queue.accept(name, "main", "a" * 40) == (first, False)
    assert Queue(*store).accept(name, "other", "a" * 40)[1] is False
    queue.take(first)
    queue.settle(first, "done")
    again, new = queue.accept(name, "main", "a" * 40)
    assert (again.run_id, again.state, new) == (first.run_id, "done", False)


def test_a_newer_push_replaces_one_that_waits(queue, store, name):
    """Only of the same branch; the replaced run says by what."""
    first, _ = queue.accept(name, "main", "a" * 40)
    queue.accept(name, "other", "b" * 40)
    queue.accept(name, "main", "c" * 40)
    assert mine(queue.waiting(), name) == [("other", "b" * 40), ("main", "c" * 40)]
    run = store[0].get_run(first.run_id)
    assert run.info.status == "KILLED"
    assert "replaced by cccccccccccc" in run.data.tags["autotweak.reason"]


def test_a_running_search_is_not_replaced(queue, name):
    """It goes on at its commit; the newer push waits."""
    first, _ = queue.accept(name, "main", "a" * 40)
    queue.take(first)
    queue.accept(name, "main", "b" * 40)
    assert mine(queue.running(), name) == [("main", "a" * 40)]
    assert mine(queue.waiting(), name) == [("main", "b" * 40)]


def test_the_same_delivery_from_many_threads_is_one_entry(queue, name):
    """Forty deliveries of one commit at once make one run."""
    found = []
    threads = [threading.Thread(target=lambda: found.append(queue.accept(name, "main", "a" * 40))) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry.run_id for entry, _ in found}) == 1
    assert sum(new for _, new in found) == 1


@pytest.mark.slow
def test_without_the_tracking_server_nothing_is_accepted(name, monkeypatch):
    """A push that could not be kept is not accepted."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    dead = Queue(MlflowClient(tracking_uri="http://127.0.0.1:1"), None)
    with pytest.raises(PlatformError, match="tracking server"):
        dead.accept(name, "main", "a" * 40)


def test_what_searches_were_run_in_is_known(queue, store, name):
    """Newest first, with the seed; a push that came to no environment says nothing."""
    for number, (environment, seed) in enumerate([("sklearn", None), ("keras", "7"), (None, None)]):
        entry, _ = queue.accept(name, f"branch{number}", f"{number}" * 40)
        if environment is not None:
            store[0].set_tag(entry.run_id, "autotweak.environment", environment)
        if seed is not None:
            store[0].log_param(entry.run_id, "seed", seed)
    mine = [use.kind for use in queue.uses() if use.repository == name]
    assert mine == [Kind("keras", 7), Kind("sklearn", 0)]


def test_what_a_source_adds_to_its_environment_is_known(queue, store, name):
    """A standby is made with the source's own requirements; a tag that is no list of them is passed over."""
    for number, tag in enumerate(["seaborn[stats]<1,>=0.13, tqdm", "--index-url=x", "a @ file:///a"]):
        entry, _ = queue.accept(name, f"branch{number}", f"{number}" * 40)
        store[0].set_tag(entry.run_id, "autotweak.environment", "sklearn")
        store[0].set_tag(entry.run_id, "autotweak.extra_requirements", tag)
    mine = [use.kind for use in queue.uses() if use.repository == name]
    assert mine == [Kind("sklearn", 0, ("seaborn[stats]<1,>=0.13", "tqdm"))]


def test_what_other_repositories_wait_for_costs_a_push_nothing(store, name):
    """Its own experiment is asked, however many others there are: five hundred queue as fast as one."""
    client, artifacts = store
    queue = Queue(Counting(client.tracking_uri), artifacts)
    for other in range(3):
        queue.accept(f"{name}-{other}", "main", "a" * 40)
    Counting.asked.clear()
    queue.accept(name, "main", "a" * 40)
    queue.accept(name, "main", "b" * 40)
    own = client.get_experiment_by_name(name).experiment_id
    assert Counting.asked == [[own]] * 4
    assert mine(queue.waiting(), name) == [("main", "b" * 40)]
