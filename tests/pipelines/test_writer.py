"""What a search tells the tracking server goes through a thread of its own."""

import threading
import time

import pytest

from mlprojects.contract.trial import TrialSpec
from pipelines.errors import PlatformError
from pipelines.tracking.writer import Writer

SPEC = TrialSpec(trial=3, role="search", family="sklearn", entry="train.py")


class Slow:
    """A watcher that does nothing before it may, and notes in which thread it was told what."""

    def __init__(self):
        self.may, self.told, self.ticks, self.threads = threading.Event(), [], 0, set()

    def submitted(self, spec, origin):
        """Note it, when it may."""
        self.may.wait()
        self.threads.add(threading.current_thread().name)
        self.told.append(("submitted", spec.trial, origin))

    def heard(self, trial, events):
        """Note it."""
        self.told.append(("heard", trial, events))

    def ended(self, outcome):
        """Note it."""
        self.told.append(("ended", outcome))

    def restarted(self, reason, trials):
        """Note it."""
        self.told.append(("restarted", reason, trials))

    def tick(self):
        """Count it."""
        self.ticks += 1


class Refusing(Slow):
    """A watcher that cannot open a run."""

    def submitted(self, spec, origin):
        """Refuse."""
        raise PlatformError(f"no run for trial {spec.trial}")


def test_nobody_waits_and_the_order_is_kept():
    """A server that answers nothing holds no call up; at the end all has arrived, in its order."""
    slow = Slow()
    with Writer(slow) as writer:
        writer.submitted(SPEC, "tpe")
        writer.heard(3, [])
        writer.restarted("it died", (3,))
        writer.ended("an outcome")
        assert slow.told == []
        slow.may.set()
    assert slow.told == [
        ("submitted", 3, "tpe"),
        ("heard", 3, []),
        ("restarted", "it died", (3,)),
        ("ended", "an outcome"),
    ]
    assert slow.threads == {"writer"}


def test_curves_are_shipped_while_nothing_else_happens():
    """The watcher ticks at the writer's own pace, not at the search's."""
    slow = Slow()
    with Writer(slow, every_s=0.01) as writer:
        writer.tick()
        while slow.ticks < 3:
            time.sleep(0.005)


def test_a_refusal_is_raised_at_the_next_call():
    """The search hears of it as soon as it says something more."""
    with pytest.raises(PlatformError, match="no run for trial 3"), Writer(Refusing()) as writer:  # noqa: PT012
        writer.submitted(SPEC, "tpe")
        while True:
            writer.tick()
            time.sleep(0.001)


def test_a_refusal_is_raised_at_the_end():
    """The last call's too, though nothing comes after it."""
    with pytest.raises(PlatformError, match="no run for trial 3"), Writer(Refusing()) as writer:
        writer.submitted(SPEC, "tpe")


def test_an_error_on_its_way_is_not_replaced():
    """What ended the search is more important than what the server could not take."""
    with pytest.raises(KeyboardInterrupt), Writer(Refusing()) as writer:  # noqa: PT012
        writer.submitted(SPEC, "tpe")
        raise KeyboardInterrupt
