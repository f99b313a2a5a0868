"""Time, a sandbox that writes journals as a real one does, and one who watches: what a search is tested with."""

from mlprojects.contract.journal import Journal
from mlprojects.contract.restart import Restart
from mlprojects.contract.trial import TrialSpec
from pipelines.restarts import Memory

TEMPLATE = TrialSpec(trial=0, role="baseline", family="sklearn", entry="train.py", target=0.8)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self):
        self.now = 0.0
        self.naps = 0

    def __call__(self):
        """The time."""
        return self.now

    def sleep(self, seconds):
        """Let it pass; a search that never ends is stopped."""
        self.now += seconds
        self.naps += 1
        assert self.naps < 100_000


class Sandbox:
    """Does each trial when it is looked at: ``does`` writes to its journal, ``dies`` says why it is dead."""

    kind = "fake"
    started = False

    def __init__(self, spool, does, dies=lambda _: None, memory=None):
        self.spool, self.does, self.dies, self.memory = spool, does, dies, memory
        self.done = {n for n in spool.paths.numbers() if spool.paths.trial(n).journal.exists()}
        self.starts = 0
        self.told = []

    def start(self):
        """Count the starts, and keep what is said to each."""
        self.starts += 1
        self.told.append(Restart.read(self.spool.paths.restart))

    def resize(self, memory_mib):
        """Take the new limit."""
        self.memory = Memory(memory_mib, self.memory.most_mib)

    def death(self):
        """Work off what was submitted."""
        reason = self.dies(self)
        if reason is not None:
            return reason
        for number in self.spool.paths.numbers():
            if number not in self.done:
                self.done.add(number)
                paths = self.spool.paths.trial(number)
                self.does(TrialSpec.from_json(paths.spec.read_text()), Journal(paths.journal), paths)
        return None

    def stop(self):
        """Nothing to stop."""


class Watcher:
    """Notes what it is told."""

    def __init__(self):
        self.submissions, self.outcomes, self.restarts, self.ticks, self.events = [], [], [], 0, []

    def submitted(self, spec, origin):
        """A trial was given."""
        self.submissions.append((spec, origin))

    def heard(self, trial, events):
        """A trial spoke."""
        self.events += [(trial, event.event) for event in events]

    def ended(self, outcome):
        """A trial ended."""
        self.outcomes.append(outcome)

    def restarted(self, reason, trials):
        """The sandbox was started again."""
        self.restarts.append(reason)

    def tick(self):
        """Time passed."""
        self.ticks += 1


def evaluated(split, value):
    """Fields of an ``evaluated`` event, the value nearly certain."""
    interval = [value - 0.02, value + 0.02]
    return {"split": split, "metric": "accuracy", "value": value, "rows": 50, "interval": interval, "evidence": "x"}


def trial_of(score, described, test_always=True):
    """What a good sandbox does: ``score(tweak)`` gives (validation, test)."""

    def does(spec, journal, paths):
        journal.append("started", attempt=1, pid=1)
        validation, test = score(spec.tweak)
        if spec.role == "search":
            journal.append("evaluated", **evaluated("validation", validation))
            Journal(paths.sealed).append("evaluated", **evaluated("test", test))
        else:
            if test_always or spec.holdout_fraction:
                journal.append("evaluated", **evaluated("test", test))
            journal.append("described", **described().model_dump(exclude={"event", "time"}))
        journal.append("finished", fit_seconds=0.5, seconds=1.0)

    return does


def scaling_helps(tweak):
    """Standard scaling is what is missing."""
    return (0.95, 0.93) if tweak.get("scaler") == "standard" else (0.5, 0.55)
