"""The first process of a sandbox: it has the framework imported once and forks a child for each trial.

``python -m mlprojects.sandbox.supervisor SPOOL FAMILY SLOTS [DRIVER]`` watches the spool and starts what appears
there. The fork server imports the framework and computes nothing: a fork after TensorFlow has computed
something hangs. A child that dies without a last line gets one here; one that outlives its time is killed.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from mlprojects.contract import journal
from mlprojects.contract.devices import GPUS, HIDDEN
from mlprojects.contract.journal import Journal
from mlprojects.contract.layout import SpoolPaths, TrialPaths
from mlprojects.contract.restart import UNUSABLE, Restart
from mlprojects.contract.trial import TrialSpec
from mlprojects.sandbox.memory import oom_kills
from mlprojects.sandbox.pulse import STILL_S, Pulse

POLL_S = 0.02
IDLE_S = 900.0
"""A sandbox that nobody has asked anything for so long has lost its driver and ends."""


@dataclass
class Running:
    """A trial that is under way."""

    process: ForkServerProcess
    deadline: float
    limit_s: float
    pulse: Pulse
    oom_kills: int | None
    """How often the kernel had killed for want of memory when it was started."""
    scratch: str
    """Its own folder for temporary files: what it leaves there goes with it, and fills no disk."""
    gpu: str = ""
    """The device that it has, or a share of it; empty: none."""


class Supervisor:
    """Starts, bounds and buries the trials of one spool."""

    def __init__(self, spool: SpoolPaths, family: str, slots: int) -> None:
        self.spool, self.slots = spool, slots
        self.running: dict[int, Running] = {}
        self.gpus = [gpu for gpu in os.environ.get(GPUS, "").split(",") if gpu]
        self.restart = Restart.read(spool.restart)
        self.done: set[int] = set(self.restart.ended)
        self._touched = 0
        self.context = multiprocessing.get_context("forkserver")
        self.preload = f"mlprojects.{family}.preload"
        self.context.set_forkserver_preload(["mlprojects.sandbox.runner", self.preload])

    def prepare(self) -> None:
        """Have the framework imported before a trial is asked for: the fork server starts with the first fork.

        Raises:
            ImportError: it cannot be.
        """
        child = self.context.Process(target=importlib.import_module, args=(self.preload,))
        try:
            child.start()
            child.join()
        except (EOFError, OSError) as error:  # what was raised by an import took the fork server with it
            raise ImportError(_why_not(self.preload)) from error
        if child.exitcode == 1:
            raise ImportError(_why_not(self.preload))
        self.spool.ready.touch()

    def asked(self) -> bool:
        """Whether the driver has touched the spool since this was asked last: it means to use the sandbox."""
        before, self._touched = self._touched, self.spool.trials.stat().st_mtime_ns
        return before != self._touched

    def step(self, now: float) -> bool:
        """Start what may start, end what must end. Returns whether anything is under way."""
        for number, trial in list(self.running.items()):
            if not trial.process.is_alive():
                self._bury(number, trial)
            elif now >= trial.deadline:
                _kill(trial.process)
                self._close(number, _too_long(trial.limit_s, self.spool.trial(number)), "timeout")
            elif trial.pulse.stopped(now):
                _kill(trial.process)
                self._close(number, f"hung: it neither wrote nor computed for {STILL_S:.0f} s", "hang")
        for number in self.spool.numbers():
            if len(self.running) >= self.slots:
                break
            if number not in self.done and number not in self.running:
                self._start(number, now)
        return bool(self.running)

    def _start(self, number: int, now: float) -> None:
        paths = self.spool.trial(number)
        spec = TrialSpec.from_json(paths.spec.read_text(encoding="utf-8"))
        attempt, ended = _history(paths)
        if ended:
            self.done.add(number)
            return
        reason = {"reason": self.restart.reason or "the sandbox was restarted"} if attempt > 1 else {}
        limit = min(spec.timeout_s, self.restart.limits.get(number, spec.timeout_s))
        scratch, gpu = tempfile.mkdtemp(prefix="autotweak-"), self._free_gpu()
        process = self.context.Process(target=_run, args=(str(self.spool.root), number, scratch, gpu), daemon=False)
        process.start()
        Journal(paths.journal).append("started", attempt=attempt, pid=process.pid, **reason)
        assert process.pid is not None
        pulse = Pulse(paths, process.pid, now)
        self.running[number] = Running(process, now + limit, limit, pulse, oom_kills(), scratch, gpu)

    def _free_gpu(self) -> str:
        """One of the places on devices that no trial has."""
        free = list(self.gpus)
        for trial in self.running.values():
            if trial.gpu in free:
                free.remove(trial.gpu)
        return free[0] if free else ""

    def _bury(self, number: int, trial: Running) -> None:
        trial.process.join()
        code = trial.process.exitcode
        _, ended = _history(self.spool.trial(number))
        if not ended:
            self._close(number, *_death(code, trial.oom_kills, oom_kills()))
        self._forget(number)

    def _close(self, number: int, reason: str, cause: str) -> None:
        self._forget(number)
        Journal(self.spool.trial(number).journal).append("failed", kind="trial", reason=reason, where="", cause=cause)

    def _forget(self, number: int) -> None:
        self.done.add(number)
        if (trial := self.running.pop(number, None)) is not None:
            shutil.rmtree(trial.scratch, ignore_errors=True)

    def end(self) -> None:
        """Kill what is under way."""
        for trial in self.running.values():
            _kill(trial.process)
            shutil.rmtree(trial.scratch, ignore_errors=True)


def _run(root: str, number: int, scratch: str, gpu: str) -> None:
    """What a child does. Nothing has used CUDA yet: it looks for devices when something does.

    The runner is imported here, not above: the supervisor itself needs none of its libraries.
    """
    os.environ["TMPDIR"] = tempfile.tempdir = scratch
    if gpu:
        os.environ[HIDDEN] = gpu
    from mlprojects.sandbox.runner import run_trial

    run_trial(root, number)


def _why_not(module: str) -> str:
    """The last line that importing a module ends with, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, text=True, check=False)
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if done.returncode and lines else f"{module} took its process with it"


def _history(paths: TrialPaths) -> tuple[int, bool]:
    """The number of the next attempt, and whether the trial has ended. Mends a line cut by a kill."""
    try:
        data = paths.journal.read_bytes()
    except FileNotFoundError:
        return 1, False
    if data and not data.endswith(b"\n"):
        data = data[: data.rfind(b"\n") + 1]
        with paths.journal.open("r+b") as handle:
            handle.truncate(len(data))
    events, _ = journal.parse(data)
    kinds = [event["event"] for event in events]
    return kinds.count("started") + 1, any(kind in journal.TERMINAL for kind in kinds)


def _too_long(limit_s: float, paths: TrialPaths) -> str:
    """Why a trial was ended; of the script as written also how far it came, and who can give it more time."""
    took = f"took longer than its {limit_s:.0f} s"
    if TrialSpec.from_json(paths.spec.read_text(encoding="utf-8")).role != "baseline":
        return took
    epochs = sum(event["event"] == "epoch" for event in journal.parse(paths.journal.read_bytes())[0])
    far = f" ({epochs} epochs were done)" if epochs else ""
    return f"the script as written {took}{far}; --timeout, or timeout: in autotweak.yaml, gives it more"


def _death(code: int | None, before: int | None, after: int | None) -> tuple[str, str]:
    """Reason and cause of a process that ended without a last line; ``before`` and ``after`` count OOM kills."""
    if code is None or code >= 0:
        return f"the trial's process left with {code}", "error"
    how = f"the trial's process was killed by {_signal_name(-code)}"
    if code != -signal.SIGKILL:
        return how, "killed"
    if before is None or after is None:
        return f"{how}; it may have run out of memory", "killed"
    return (f"out of memory: {how}", "out_of_memory") if after > before else (how, "killed")


def _kill(process: ForkServerProcess) -> None:
    """Kill the trial and whatever it started: it is the leader of its own process group."""
    assert process.pid is not None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
    process.join()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def main(root: str, family: str, slots: str, driver: str | None = None) -> None:
    """Serve the spool until nothing was asked for a while, or the parent process is gone.

    A driver that is the parent says its number: it may be gone before this process can ask for it.
    """
    supervisor = Supervisor(SpoolPaths(Path(root)), family, int(slots))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    parent = os.getppid() if driver is None else int(driver)
    last = time.monotonic()
    try:
        try:
            supervisor.prepare()
        except ImportError as error:
            print(f"the {family} environment cannot be used, importing it fails: {error}", file=sys.stderr)
            sys.exit(UNUSABLE)
        while os.getppid() == parent and time.monotonic() - last < IDLE_S:
            if supervisor.step(time.monotonic()) or supervisor.asked():
                last = time.monotonic()
            time.sleep(POLL_S)
    finally:
        supervisor.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
