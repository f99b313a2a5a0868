"""A service's drivers as plain processes, and steps of the service until something holds."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipelines.watch.substance import of_commit

SECRET = b"It's a Secret to Everybody"


class Process:
    """A driver: a process that ends when it likes."""

    def __init__(self, code):
        self.process = subprocess.Popen([sys.executable, "-c", code])

    def ended(self):
        """Its exit status."""
        return self.process.poll()

    def reason(self):
        """Why it failed."""
        return "no"

    def stop(self):
        """Kill it."""
        self.process.kill()
        self.process.wait()


class Processes:
    """Starts a process per search and remembers which."""

    def __init__(self, code="pass"):
        self.code, self.started = code, []

    def start(self, entry, repository):
        """A process for the entry."""
        self.started.append((repository.name, entry.commit))
        return Process(self.code)

    def in_hand(self, entry):
        """No earlier service's process lives on."""
        return False


def made_of(repository, commit):
    """What a commit is made of, fetched for real."""
    with tempfile.TemporaryDirectory() as cache:
        return of_commit(repository, commit, Path(cache))


def until(condition, service, now=0.0):
    """Step at one moment of the service's time until ``condition`` holds."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        service.step(now)
        time.sleep(0.01)


def queued(service):
    """Commits that wait for this service."""
    return [entry.commit for entry in service.queue.waiting() if service.config.named(entry.repository)]
