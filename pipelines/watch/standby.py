"""A standby: a driver that was started ahead and has all ready that does not depend on what is pushed.

Its standard input is one end of a socket. The service sends it one line, the command that it is to run, with two
descriptors: the lock of the push, which is held for as long as the driver lives, and the driver's log. The end of the
socket is the end of a standby that has no job: none outlives its service.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines import sandbox as sandboxes
from pipelines.environments import Environment
from pipelines.errors import PlatformError, UsageError
from pipelines.sandbox import Sandbox
from pipelines.searches import SearchFolder
from pipelines.settings import MachineSettings
from pipelines.spool import Spool, spool_folder
from pipelines.warm import MadeFor, Warm

MARK = "standby"
"""A file in the folder of a standby: such a folder that has no search in it is of no use to anybody."""
READY, SPENT = "ready", "spent"
"""What it tells the service: that it is ready; or, with the reason, that it has no sandbox, and cannot be ready."""
SOON_S, LOOK_S = 0.2, 5.0
"""How often it looks at its sandbox: until that is ready, and afterwards."""
MOST_LINE = 1 << 16


@dataclass(frozen=True)
class Job:
    """What a standby is to do."""

    arguments: list[str]
    """Of the command line."""
    environment: dict[str, str]
    """Variables that it has beside those of its service: the run that was opened for the push, who is told."""

    def send(self, channel: socket.socket, lock: int, log: int) -> None:
        """Hand it over; raises OSError where nobody is there to take it."""
        socket.send_fds(channel, [json.dumps(vars(self)).encode() + b"\n"], [lock, log])


@contextlib.contextmanager
def waiting(
    search: str, environment: Environment, seed: int, sandbox: str, machine: MachineSettings
) -> Iterator[tuple[list[str], Warm | None]]:
    """Make ready, then wait for a job: its arguments, and what is ready for it; no arguments where there is none.

    Raises:
        UsageError: it was not started by a service.
    """
    try:
        channel = socket.socket(fileno=os.dup(0))
    except OSError as error:
        raise UsageError("standard input is no socket; autotweak watch starts standbys") from error
    folder = SearchFolder(spool_folder(machine.home, search))
    with channel, folder.driving():
        (folder.root / MARK).touch()
        spool, made_for = Spool(folder.root), MadeFor(environment, sandbox, 1, seed, network=False)
        box: Sandbox | None = None
        try:
            box, spent = _sandbox(spool, made_for, search, machine)
            _load(machine)
            job = _wait(channel, spool, box, spent)
            if job is not None:
                os.environ.update(job.environment)
            yield (job.arguments if job else []), Warm(folder, spool, made_for, box)
        finally:
            if box is not None:
                box.stop()
            discard(folder)


def discard(folder: SearchFolder) -> None:
    """Remove the folder of a standby that has had no job, at once for whoever looks through the searches."""
    if folder.asked_file.exists():
        return
    gone = folder.root.parents[1] / "watch" / f"{folder.search}.gone"
    with contextlib.suppress(OSError):  # the standby and its service may both do so
        folder.root.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def _sandbox(spool: Spool, made_for: MadeFor, search: str, machine: MachineSettings) -> tuple[Sandbox | None, str]:
    """The sandbox, started; or why there is none: whoever comes with a job will be told, as without a standby."""
    spool.empty_source()
    try:
        box = sandboxes.choose(
            made_for.sandbox, made_for.environment, spool, made_for.slots, search, machine, made_for.seed, _say
        )
        box.start()
    except PlatformError as error:
        return None, str(error)
    return box, ""


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _load(machine: MachineSettings) -> None:
    """Import what a search needs, and be known to the tracking server."""
    import pipelines.campaign
    import pipelines.conduct
    import pipelines.story  # noqa: F401
    from pipelines.notify.announce import addressed
    from pipelines.tracking.tracker import Tracker

    with contextlib.suppress(UsageError):  # the driver says it
        addressed(machine)
    with contextlib.suppress(PlatformError):  # it may be there when it is needed
        Tracker(machine.home)


def _wait(channel: socket.socket, spool: Spool, box: Sandbox | None, spent: str) -> Job | None:
    """The job; None at the end of the socket."""
    said, line, passed = "", b"", list[int]()
    while True:
        if said != SPENT:
            death = box.death() if box is not None else None
            spent = spent or (death.reason if death is not None else "")
            news = SPENT if spent else READY if spool.ready else ""
            if news != said:
                said = news
                with contextlib.suppress(OSError):
                    channel.sendall(f"{news} {spent}\n".encode())
        spool.touch()
        if not select.select([channel], [], [], LOOK_S if said else SOON_S)[0]:
            continue
        try:
            part, descriptors, _, _ = socket.recv_fds(channel, MOST_LINE, 2)
        except ConnectionError:
            return None
        line, passed = line + part, passed + descriptors
        if not part:
            return None
        if line.endswith(b"\n"):
            return _take(line, *passed)


def _take(line: bytes, lock: int, log: int) -> Job:
    """Say what follows into the log of the push. The lock is kept, for as long as this process lives."""
    os.set_inheritable(lock, False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, number in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, number)
    os.close(nothing)
    os.close(log)
    return Job(**json.loads(line))
