"""The facts of this machine. Each probe looks at one thing and judges nothing."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uv

from pipelines import gpu as gpus
from pipelines.doctor.facts import GpuFact, HomeFact, MailFact, NotifyFact, PortFact, SizeFact, TrackingFact
from pipelines.errors import PlatformError, UsageError, without_password
from pipelines.presence import WATCH, is_held, presence
from pipelines.sandbox.docker import engine
from pipelines.settings import MachineSettings
from pipelines.status.queue import unreachable

CALL_S = 10.0


def python(_: MachineSettings) -> tuple[int, int]:
    """The driver's own version."""
    return sys.version_info[:2]


def home(machine: MachineSettings) -> HomeFact:
    """Write and lock a file there."""
    there = next(folder for folder in (machine.home, *machine.home.absolute().parents) if folder.is_dir())
    try:
        free = shutil.disk_usage(there).free / 2**30
        with tempfile.NamedTemporaryFile(prefix=".doctor-", dir=there) as file:
            return HomeFact(machine.home, free, unlocked=_unlocked(Path(file.name)))
    except OSError as error:
        return HomeFact(machine.home, refused=error.strerror or str(error))


def _unlocked(path: Path) -> str:
    """Why a lock that one holder has does not keep a second one out; empty where it does."""
    with path.open("r+b") as first, path.open("r+b") as second:
        try:
            fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.strerror or str(error)
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return ""
    return "the file system takes locks and does not keep them"


def git(_: MachineSettings) -> str | None:
    """Its version."""
    return _version("git", "--version")


def uv_found(_: MachineSettings) -> str | None:
    """The version of the one that makes environments."""
    try:
        return _version(uv.find_uv_bin(), "--version")
    except FileNotFoundError:
        return None


def _version(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=CALL_S)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def tracking(machine: MachineSettings) -> TrackingFact:
    """Ask the server for an experiment, and its registry for a model."""
    server = os.environ.get("MLFLOW_TRACKING_URI", "")
    problem = unreachable(server)
    if problem:
        return TrackingFact("", True, problem=problem)
    if not server and not (machine.home / "mlflow.db").exists():
        return TrackingFact(f"a store of its own below {machine.home}, made by the first run", False)
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "5")
    from pipelines.tracking.comparing import site_of
    from pipelines.tracking.refusals import explained
    from pipelines.tracking.tracker import Tracker

    where = site_of(server) or (without_password(server) or f"a store of its own below {machine.home}")
    try:
        client = Tracker(machine.home).client
    except PlatformError as error:
        return TrackingFact(where, bool(server), True, problem=str(error))
    try:
        with explained("use its model registry"):
            client.search_registered_models(max_results=1)
    except PlatformError as error:
        return TrackingFact(where, bool(server), True, registry_problem=str(error))
    return TrackingFact(where, bool(server), True)


def notify(machine: MachineSettings, send_test: bool = False) -> NotifyFact:
    """Sign in at each mail server; a message is sent only where that is asked for."""
    from pipelines.notify.announce import addressed

    try:
        channels = addressed(machine)
    except UsageError as error:
        return NotifyFact(invalid=str(error))
    found = []
    for channel in channels:
        asked = channel.connect is not None
        problem = channel.attempt(_test_message(), CALL_S) if send_test else channel.reach(CALL_S)
        found.append(MailFact(channel.name, asked, send_test and problem is None, problem or ""))
    return NotifyFact(tuple(found))


def _test_message() -> Any:
    from pipelines.notify.message import Message

    text = f"A test message of autotweak doctor on {socket.gethostname()}: it can be read, so all is well."
    name = f"doctor-{time.time_ns()}"
    return Message(name, "", "plain", "[autotweak] test message", f"<p>{text}</p>", text, text)


def size(machine: MachineSettings) -> SizeFact:
    """Processors and memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    limit = max(machine.memory_mib, machine.most_memory_mib or 0)
    return SizeFact(len(os.sched_getaffinity(0)), memory, limit, machine.cpus)


def ports(machine: MachineSettings) -> list[PortFact]:
    """Try to listen where the services do by default."""
    ours = ports_of(machine.home)
    return [
        PortFact(8642, "watch", is_free(8642), 8642 in ours, "port: 8643 in watch.yaml"),
        PortFact(8000, "serve", is_free(8000), 8000 in ours, "autotweak serve NAME --port 8001"),
    ]


def ports_of(home: Path) -> set[int]:
    """Those at which services of this home listen."""
    watched = (presence(home / WATCH) or {}).get("address", "")
    served = [_address(path) for path in (home / "serving").glob("*/state.json")]
    return {port for address in (watched, *served) if (port := urlsplit(address).port) is not None}


def _address(state: Path) -> str:
    """Where a served model listens; empty where its service has died."""
    if not is_held(state.parent / "service.lock"):
        return ""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(state.read_bytes())["address"])
    return ""


def is_free(port: int) -> bool:
    """Whether nobody listens there on this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def gpu(machine: MachineSettings) -> GpuFact:
    """Devices of the usual drivers, and what sandboxes would do with those that NVIDIA's tells of."""
    devices = tuple(str(path) for name in ("nvidia[0-9]*", "kfd") for path in sorted(Path("/dev").glob(name)))
    seen = gpus.seen()
    client = engine() if seen else None
    given, said = gpus.decide(seen, machine, client.info() if client is not None else None, slots=64)
    return GpuFact(devices, said, used=given is not None, wanted=machine.gpu != "none")
