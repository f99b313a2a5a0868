"""The driver that a push gets, as a real process: what the service's file says reaches its search."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.searches import find
from pipelines.watch.config import Repository
from pipelines.watch.drivers import Drivers
from pipelines.watch.queue import Entry
from tests.watch.conftest import Remote


def test_a_cluster_is_handed_on(tmp_path: Path, remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search is asked for the scheduler and the slots of the file; what is wrong with them is the push's reason."""
    home = tmp_path / "home"
    monkeypatch.setenv("AUTOTWEAK_HOME", str(home))
    commit = remote.push(
        "from sklearn.datasets import load_wine\nfrom sklearn.svm import SVC\nSVC().fit(*load_wine(return_X_y=True))\n"
    )
    drivers = Drivers(home, "process", cluster="tcp://10.0.0.1:8786", slots=3)
    driver = drivers.start(Entry("1" * 32, "wine", "main", commit, "waiting", 0), Repository(url=remote.url))
    assert driver._process.wait(timeout=120) == 2
    assert "tcp://10.0.0.1:8786 would send pushed code and models unprotected" in driver.reason()
    search = find(home, "1" * 32)
    assert search is not None
    options = search.asked().options
    assert (options.cluster, options.slots) == ("tcp://10.0.0.1:8786", 3)
