"""Services hold locks, and say where and since when they run."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.errors import UsageError
from pipelines.presence import address_of, is_held, presence, present

ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
from pipelines.presence import present
with present(Path(sys.argv[1]), "taken") as note:
    note(address="http://somewhere")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_service_says_where_it_is_while_it_lives(tmp_path):
    """Nobody before, nobody after; in between its facts, and no second service."""
    lock = tmp_path / "watch" / "service.lock"
    assert presence(lock) is None
    with present(lock, "taken") as note:
        note(address="http://127.0.0.1:1")
        said = presence(lock)
        assert said is not None
        assert said["address"] == "http://127.0.0.1:1"
        assert said["since"].endswith("Z")
        with pytest.raises(UsageError, match="taken"), present(lock, "taken"):
            pass
        assert presence(lock) == said
    assert presence(lock) is None


def test_asking_does_not_keep_a_service_from_its_lock(tmp_path):
    """The question holds the lock for a moment only, and a service waits longer than that."""
    lock = tmp_path / "a.lock"
    for _ in range(50):
        with present(lock, "taken"):
            assert is_held(lock)
        assert not is_held(lock)


def test_a_killed_service_does_not_run(tmp_path):
    """What it has said is still there, and its lock is not held."""
    lock = tmp_path / "a.lock"
    done = subprocess.run([sys.executable, "-c", KILLED, str(lock)], check=False, cwd=ROOT)
    assert done.returncode == -9
    assert lock.with_suffix(".json").exists()
    assert presence(lock) is None
    with present(lock, "taken"):
        assert "address" not in (presence(lock) or {})


def test_where_a_service_is_reached_that_listens_everywhere():
    """Not at an address that means every one."""
    assert address_of("0.0.0.0", 80) == address_of("127.0.0.1", 80) == "http://127.0.0.1:80"
    assert address_of("::", 80) == "http://[::1]:80"
