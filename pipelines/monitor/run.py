"""``autotweak monitor``: in the foreground, for systemd, a container or cron; ``autotweak watch`` has it in it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from pipelines.logs import json_lines
from pipelines.monitor.engine import Engine
from pipelines.monitor.reconcile import Monitor
from pipelines.monitor.tell import Told
from pipelines.presence import MONITOR, present
from pipelines.settings import MachineSettings

PAUSE_S = 0.2


def monitor(machine: MachineSettings, once: bool) -> int:
    """Look until SIGTERM or Ctrl-C; searches that were resumed go on. With ``once``, look once.

    Raises:
        UsageError: another monitor works from the same home, or an address to notify is not valid.
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
def monitoring(machine: MachineSettings, addresses: Iterable[str] = ()) -> Iterator[Callable[[], None]]:
    """A function that looks where it is due; searches that it has resumed go on when it ends.

    Args:
        machine: the machine's settings.
        addresses: who may be told of what is in the outbox, besides those of AUTOTWEAK_NOTIFY.

    Raises:
        UsageError: another monitor works from the same home, or an address to notify is not valid.
    """
    taken = f"another monitor, or autotweak watch, works from {machine.home} already"
    with present(machine.home / MONITOR, taken):
        engine, told = Engine(machine.home), Told(machine, addresses)
        watched = Monitor(machine.home, engine, told)

        def step() -> None:
            woken = engine.wake.is_set()
            engine.wake.clear()
            watched.step(time.monotonic(), woken)
            told.step(time.monotonic())

        try:
            yield step
        finally:
            told.stop()
