"""``autotweak serve``: one served model in the foreground, for systemd or a container."""

from __future__ import annotations

import logging
import signal
import threading
import time
from dataclasses import dataclass

from filelock import FileLock, Timeout

from pipelines.environments import Say
from pipelines.errors import PlatformError, UsageError
from pipelines.logs import json_lines
from pipelines.notify.announce import addressed, tell
from pipelines.notify.events import Event, Kind, event_id
from pipelines.sandbox import KINDS
from pipelines.sandbox.docker import engine
from pipelines.serving.backend import Backend, Launcher
from pipelines.serving.docker import DockerLauncher
from pipelines.serving.front import Front
from pipelines.serving.metrics import Counts
from pipelines.serving.model import environment_of
from pipelines.serving.process import ProcessLauncher
from pipelines.serving.registry import Registry
from pipelines.serving.service import Changed, Service
from pipelines.serving.store import Store, folder_of
from pipelines.settings import MachineSettings

PAUSE_S = 0.1

LOCK_S = 1.0
"""Somebody may only be asking whether the service runs."""


@dataclass(frozen=True)
class ServeOptions:
    """What was asked for."""

    name: str
    alias: str = "champion"
    host: str = "127.0.0.1"
    port: int = 8000
    sandbox: str = "auto"
    poll_s: float = 2.0
    wait: bool = False
    """Whether a name that nothing is registered as yet is waited for."""


def serve(options: ServeOptions, machine: MachineSettings) -> int:
    """Serve until SIGTERM or Ctrl-C; requests under way are answered first.

    Raises:
        UsageError: there is no such model or alias, or it is served from this home already.
        PlatformError: the address is taken, or nothing can be served.
    """
    if options.sandbox not in KINDS:
        raise UsageError(f"sandbox {options.sandbox!r} is not one of {', '.join(KINDS)}")
    folder, registry = folder_of(machine.home, options.name), Registry(machine.home)
    if not folder.exists() and not options.wait:
        registry.named(options.name, options.alias)  # a name that is mistyped leaves no folder behind
    store = Store(folder)
    try:
        with FileLock(store.folder / "service.lock", timeout=LOCK_S), json_lines("autotweak.serve") as log:
            launcher, left, removed = _launcher(options, machine, store, log.info)
            if removed:
                log.info("leftovers removed", extra={"number": removed})
            return _serve(options, machine, registry, store, launcher, left)
    except Timeout as error:
        raise UsageError(
            f"{options.name} is served from {machine.home} already; AUTOTWEAK_HOME names another home"
        ) from error


def _launcher(
    options: ServeOptions, machine: MachineSettings, store: Store, say: Say
) -> tuple[Launcher, Backend | None, int]:
    """What starts backends, what an earlier service left of the last good version, and how many others it left."""
    client = engine()
    if options.sandbox == "docker" and client is None:
        raise PlatformError("no Docker engine answers; start one, or use --sandbox process")
    processes = ProcessLauncher(store.runs, machine.home, say)
    containers = None if client is None else DockerLauncher(store.runs, client, options.name, machine, say)
    launcher: Launcher = processes if containers is None or options.sandbox == "process" else containers
    good = store.last_good
    environment = environment_of(good.model) if good else None
    left = launcher.left_behind(good, environment) if good and environment else None
    removed = sum(kind.remove_leftovers(left) for kind in (containers, processes) if kind is not None)
    if launcher is processes:
        say("not isolated: the model runs with your rights; start Docker to isolate it")
    return launcher, left, removed


def _serve(
    options: ServeOptions,
    machine: MachineSettings,
    registry: Registry,
    store: Store,
    launcher: Launcher,
    left: Backend | None,
) -> int:
    log = logging.getLogger("autotweak.serve")
    channels = addressed(machine)

    def told(changed: Changed) -> None:
        problems = tell(channels, machine, lambda: _event(options, changed)) if channels else []
        for problem in problems:
            log.warning("not told: %s", problem)

    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    counts = Counts(options.name)
    front = Front(counts)
    service = None
    try:
        port = front.start(options.host, options.port)
        host = f"[{options.host}]" if ":" in options.host else options.host
        log.info("listening", extra={"host": options.host, "port": port, "model": options.name, "alias": options.alias})
        address = f"http://{host}:{port}"
        about = (options.name, options.alias, registry, store, launcher, front, counts, address, options.poll_s)
        service = Service(*about, told, options.wait, left)
        while not stopping.wait(PAUSE_S):
            service.step(time.monotonic())
    finally:
        front.close()
        if service is not None:
            service.stop()
        front.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
    log.info("stopped")
    return 0


def _event(options: ServeOptions, changed: Changed) -> Event:
    kind: Kind = "given_up" if changed.kind == "given_up" else "serving_changed"
    now, version = time.time(), changed.version
    return Event(
        id=event_id(f"serve-{options.name}", kind, time.time_ns()),
        kind=kind,
        time=now,
        name=options.name,
        search=f"serve-{options.name}",
        source=version.source.removesuffix(f"@{version.commit}") if version else "",
        commit=version.commit if version else "",
        reason=changed.said,
        model=f"{options.name}, alias {options.alias}" + (f", version {version.version}" if version else ""),
    )
