"""The service with real Git remotes, a real store and real processes as drivers; only time is handed in."""

from __future__ import annotations

import socket
import threading
import time
import uuid

import psutil
import pytest

from pipelines.errors import PlatformError
from pipelines.watch.config import WatchConfig
from pipelines.watch.queue import Queue
from pipelines.watch.remote import heads
from pipelines.watch.service import MOST_ANEW, Service
from tests.watch.conftest import Counting, Remote
from tests.watch.processes import Processes, made_of, queued, until


def test_polling_finds_what_no_delivery_brought(make, remote):
    """The head is queued and started once; after the poll time a new head is; in between nothing is asked."""
    first = remote.push("a")
    launcher = Processes()
    service = make(remote, launcher, poll="60s")
    until(lambda: launcher.started, service, now=0.0)
    until(lambda: not service.drivers and not service._looks, service, now=1.0)
    second = remote.push("b")
    for _ in range(20):
        service.step(59.0)
    assert [commit for _, commit in launcher.started] == [first]
    until(lambda: len(launcher.started) == 2, service, now=61.0)
    assert launcher.started[1][1] == second


def test_a_poll_that_finds_nothing_new_asks_the_tracking_server_nothing(make, remote, store):
    """One branch of two has moved: one question; a delivery of what is known asks, and finds its run."""
    for branch in ("main", "exp/a"):
        remote.push(branch, branch=branch)
    service = make(remote, searches=1)
    service.queue = Queue(Counting(store[0].tracking_uri), store[1])
    (name,) = (repository.name for repository in service.config.repositories)
    asked = []
    for push in (None, None, "exp/a", None):
        if push:
            remote.push("more", branch=push)
        Counting.asked.clear()
        service._poll(name)
        asked.append(len(Counting.asked))
    assert asked == [4, 0, 2, 0]  # whether it has a run, and what waits that it replaces
    ((entry, new),) = service.look(name, ("main",))
    assert (entry.branch, new) == ("main", False)


def test_only_watched_branches_count(make, remote):
    """A branch that fits no pattern is not looked at; one that was deleted gives nothing."""
    remote.push("a")
    remote.push("b", branch="feature")
    exp = remote.push("c", branch="exp/1")
    service = make(remote)
    assert exp in [entry.commit for entry, _ in service.look(service.config.repositories[0].name)]
    remote.delete("exp/1")
    name = service.config.repositories[0].name
    assert service.look(name, ("exp/1", "feature")) == []


def test_a_forced_push_is_a_push(make, remote):
    """The new head is queued in place of the old one that waited."""
    remote.push("a")
    service = make(remote)
    name = service.config.repositories[0].name
    service.look(name)
    forced = remote.push("b", force=True)
    service.look(name)
    assert queued(service) == [forced]


def test_a_slow_repository_holds_up_no_other(make, tmp_path):
    """While one commit is being fetched, and where one cannot be, the push to another repository is started."""
    remotes = [Remote(tmp_path / name) for name in "abc"]
    names = [f"{uuid.uuid4().hex[:6]}-{name}" for name in "abc"]
    for remote in remotes:
        remote.push("a")
    both = [{"url": remote.url, "name": name} for remote, name in zip(remotes, names, strict=True)]
    arrived, launcher = threading.Event(), Processes()

    def fetched(repository, commit):
        if repository.name == names[0]:
            arrived.wait(30)
        if repository.name == names[1]:
            raise PlatformError("cannot be fetched")
        return made_of(repository, commit)

    config = WatchConfig.model_validate({"repositories": both})
    service = Service(config, make(remotes[0]).queue, launcher, heads, fetched)
    try:
        until(lambda: launcher.started, service)
        assert [name for name, _ in launcher.started] == [names[2]]
        arrived.set()
        until(lambda: len(launcher.started) == 2, service)
        assert launcher.started[1][0] == names[0]
    finally:
        arrived.set()
        service.stop(end_searches=True)


def test_no_more_searches_at_once_than_allowed(make, tmp_path):
    """With one slot the second repository's search starts when the first has ended."""
    a, b = Remote(tmp_path / "a"), Remote(tmp_path / "b")
    names = [f"{uuid.uuid4().hex[:6]}-{x}" for x in "ab"]
    a.push("a")
    b.push("b")
    launcher = Processes("import time; time.sleep(0.5)")
    service = make(a, launcher)
    both = [{"url": remote.url, "name": name} for remote, name in zip((a, b), names, strict=True)]
    service = Service(WatchConfig.model_validate({"repositories": both}), service.queue, launcher, heads, made_of)
    most = 0
    deadline = time.monotonic() + 30
    while len(launcher.started) < 2 or service.drivers:
        assert time.monotonic() < deadline
        service.step(0.0)
        most = max(most, len(service.drivers))
        time.sleep(0.01)
    service.stop(end_searches=True)
    assert most == 1
    assert sorted(name for name, _ in launcher.started) == sorted(names)


def test_a_restart_loses_nothing_and_starts_nothing_twice(make, remote):
    """What ran goes on, what waited is started, what ended stays ended."""
    done = remote.push("a")
    launcher = Processes()
    service = make(remote, launcher)
    name = service.config.repositories[0].name
    until(lambda: launcher.started and not service.drivers, service)
    running = remote.push("b")
    service.look(name)
    (entry,) = [entry for entry in service.queue.waiting() if entry.repository == name]
    service.queue.take(entry)
    waiting = remote.push("c", branch="exp/1")
    service.look(name)

    again = Processes()
    second = make(remote, again, name=name)
    until(lambda: len(again.started) == 2 and not second.drivers, second)
    assert again.started == [(name, running), (name, waiting)]
    assert done not in [commit for _, commit in again.started]
    until(lambda: not second.busy, second)
    third = make(remote, Processes(), name=name)
    until(lambda: not third.busy, third)
    assert third.launcher.started == []


def test_an_unreachable_repository_is_counted_and_the_service_goes_on(make, remote, tmp_path):
    """Looking raises one line; polling counts it and goes on."""
    service = make(remote)
    name = service.config.repositories[0].name
    remote.bare.rename(tmp_path / "moved.git")
    with pytest.raises(PlatformError, match="cannot be asked"):
        service.look(name)
    counted = f'autotweak_failed_looks_total{{repository="{name}"}} 1.0'.encode()
    until(lambda: counted in service.metrics(), service)
    remote.push("a", branch="exp/1") if remote.bare.exists() else (tmp_path / "moved.git").rename(remote.bare)
    remote.push("a")
    until(lambda: queued(service) or service.drivers, service, now=10_000.0)


def test_a_fetch_that_hangs_does_not_hold_up_the_end(make, remote):
    """A host that takes the connection and says nothing: Git is ended with the service, and so are its helpers."""
    service = make(remote)
    name = service.config.repositories[0].name
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/wine.git"
        config = WatchConfig.model_validate({"repositories": [{"url": url, "name": name}]})
        hanging = Service(config, service.queue, Processes(), heads, made_of)
        hanging.queue.accept(name, "main", "a" * 40)
        until(lambda: len(gits()) == 2, hanging)
        asked = gits()
        hanging.stop(end_searches=False)
        psutil.wait_procs(asked)
        assert gits() == []


def gits():
    """The processes of Git that wait for an answer, with those that this process has started through them."""
    found = [child for child in psutil.Process().children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in found if child.name() == "git-remote-http"]


def test_an_unreachable_commit_is_said_with_back_off_and_when_it_is_back(make, remote, tmp_path, caplog):
    """A push whose repository is away is tried after growing pauses, one line each, and then started."""
    service = make(remote, launcher := Processes())
    name = service.config.repositories[0].name
    commit = remote.push("a")
    service.look(name)
    remote.bare.rename(tmp_path / "moved.git")

    def said(event):
        return [record for record in caplog.records if record.getMessage() == event]

    with caplog.at_level("INFO", "autotweak.watch"):
        until(lambda: said("not fetched") and said("not reached"), service, now=0.0)
        for _ in range(20):
            service.step(4.9)
        until(lambda: len(said("not fetched")) == 2, service, now=5.0)
        assert [record.again_s for record in said("not fetched")] == [5.0, 10.0]
        (tmp_path / "moved.git").rename(remote.bare)
        until(lambda: launcher.started, service, now=400.0)
        until(lambda: said("reached again"), service, now=400.0)
    assert launcher.started == [(name, commit)]
    assert [len(said(event)) for event in ("not reached", "reached again", "fetched again")] == [1, 1, 1]


def test_a_driver_that_is_killed_before_it_began_is_started_anew(make, remote):
    """A few times, then the push has failed, with the reason on its run."""
    remote.push("a")
    launcher = Processes("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    service = make(remote, launcher)
    until(lambda: launcher.started, service)
    until(lambda: not service.busy, service)
    assert len(launcher.started) == 1 + MOST_ANEW
