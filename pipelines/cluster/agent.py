"""``autotweak agent``: this machine runs trials for whoever drives a search over the same scheduler."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

from pipelines.cluster.connect import CONNECT_S, security, unreachable
from pipelines.cluster.host import SANDBOX, SLOTS
from pipelines.errors import PlatformError
from pipelines.settings import MachineSettings

RESOURCE = "autotweak-slots"
"""What a worker of dask says that it has, if it is an agent of ours."""


def run(address: str, slots: int, sandbox: str, name: str | None) -> None:
    """Serve until told to end, or until the scheduler is gone for good.

    Raises:
        UsageError: the address, or the certificates for it, are wrong.
        PlatformError: the scheduler cannot be reached.
    """
    machine = MachineSettings()
    guarded = security(address, machine)
    os.environ |= {SANDBOX: sandbox, SLOTS: str(slots)}
    asyncio.run(_serve(address, guarded, slots, name or f"{socket.gethostname()}-{os.getpid()}", machine))


async def _serve(address: str, guarded: object, slots: int, name: str, machine: MachineSettings) -> None:
    from distributed import Worker

    loop = asyncio.get_running_loop()
    scratch = machine.home / "cluster"
    scratch.mkdir(parents=True, exist_ok=True)
    worker = Worker(
        address,
        nthreads=4,  # calls of drivers, not trials: those are processes of their own
        name=name,
        security=guarded,
        resources={RESOURCE: slots},
        local_directory=str(scratch),
        death_timeout=CONNECT_S,
        dashboard=False,
    )
    try:
        await worker
    except (TimeoutError, OSError) as error:
        raise PlatformError(unreachable(address, error)) from error
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: asyncio.ensure_future(worker.close(reason="told to end")))
    await worker.finished()
    from pipelines.cluster.host import end_all

    end_all()
