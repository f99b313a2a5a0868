"""``autotweak monitor``: in the foreground, for systemd, a container or cron; ``autotweak watch`` has it in it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from pipelines.errors import UsageError
from pipelines.logs import json_lines
from pipelines.monitor.engine import Engine
from pipelines.monitor.reconcile import Monitor
from pipelines.monitor.tell import Told
from pipelines.settings import MachineSettings

PAUSE_S = 0.2


def monitor(machine: MachineSettings, once: bool) -> int:
    """Look until SIGTERM or Ctrl-C; searches that were resumed go on. With ``once``, look once.

    Raises:
        UsageError: another monitor works from the same home, or an address in AUTOTWEAK_NOTIFY is not valid.
    """
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with json_lines("autotweak"), monitoring(machine) as step:
            while not stopping.is_set():
                step()
                if once:
                    break
                stopping.wait(PAUSE_S)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


@contextmanager
def monitoring(machine: MachineSettings) -> Iterator[Callable[[], None]]:
    """A function that looks where it is due; searches that it has resumed go on when it ends.

    Raises:
        UsageError: another monitor works from the same home, or an address in AUTOTWEAK_NOTIFY is not valid.
    """
    machine.home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(machine.home / "monitor.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise UsageError(f"another monitor, or autotweak watch, works from {machine.home} already") from error
    engine, told = Engine(machine.home), Told(machine)
    watched = Monitor(machine.home, engine, told)

    def step() -> None:
        woken = engine.wake.is_set()
        engine.wake.clear()
        watched.step(time.monotonic(), woken)

    try:
        yield step
    finally:
        told.stop()
        lock.release()
