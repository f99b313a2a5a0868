"""``autotweak watch``: the service in the foreground, for systemd, a container or cron."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import uvicorn

from pipelines.errors import PlatformError, UsageError
from pipelines.logs import json_lines
from pipelines.monitor.run import monitoring
from pipelines.presence import WATCH, address_of, present
from pipelines.settings import MachineSettings
from pipelines.tracking.tracker import Tracker
from pipelines.watch.app import build_app
from pipelines.watch.config import Repository, WatchConfig
from pipelines.watch.drivers import Drivers
from pipelines.watch.metrics import HomeMetrics
from pipelines.watch.pool import Pool
from pipelines.watch.queue import Queue
from pipelines.watch.remote import heads
from pipelines.watch.service import Service
from pipelines.watch.substance import of_commit

PAUSE_S = 0.2


def watch(config: WatchConfig, machine: MachineSettings, once: bool) -> int:
    """Run until SIGTERM, which leaves the searches running, or Ctrl-C, which ends them.

    With ``once``, run until all that is new has been searched.

    Raises:
        UsageError: a secret, address or certificate is not valid, or another service or monitor works from that home.
        PlatformError: the tracking server does not answer, or the address is taken.
    """
    if config.cluster:
        from pipelines.cluster.connect import security  # dask is slow to import

        security(config.cluster, machine)
    for repository in config.repositories:
        repository.read_secret()
        _check_addresses(repository)
    taken = f"another autotweak watch works from {machine.home}; AUTOTWEAK_HOME names another"
    addresses = [address for repository in config.repositories for address in repository.addresses]
    with (
        present(machine.home / WATCH, taken) as note,
        json_lines("autotweak"),
        monitoring(machine, addresses) as look_after,
    ):
        return _watch(config, machine, once, look_after, note)


def _check_addresses(repository: Repository) -> None:
    if repository.notify:
        from pipelines.notify.send import channels  # Apprise is slow to import

        try:
            channels(repository.addresses)
        except UsageError as error:
            raise UsageError(f"{repository.name}: notify: {error}") from error


def _watch(
    config: WatchConfig,
    machine: MachineSettings,
    once: bool,
    look_after: Callable[[], None],
    note: Callable[..., None],
) -> int:
    tracker = Tracker(machine.home)
    queue = Queue(tracker.client, tracker.artifacts)
    names = [repository.name for repository in config.repositories]
    # What stands by holds a sandbox of this machine.
    pool = None if once or config.cluster else Pool(machine.home, config.sandbox, config.warm, names, queue.uses)
    service = Service(
        config,
        queue,
        Drivers(machine.home, config.sandbox, pool, config.notify_started, config.cluster, config.slots),
        heads,
        lambda repository, commit: of_commit(repository, commit, machine.home / "git"),
    )
    service.registry.register(HomeMetrics(machine.home))
    stopping, interrupted = threading.Event(), threading.Event()

    def interrupt(*_: Any) -> None:
        interrupted.set()
        stopping.set()

    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: stopping.set()),
        signal.SIGINT: signal.signal(signal.SIGINT, interrupt),
    }
    server = None if once else _serve(service, config, note)
    try:
        while not stopping.is_set():
            look_after()
            service.step(time.monotonic())
            if pool is not None:
                pool.step(time.monotonic())
            if once and not service.busy:
                break
            service.woken.wait(PAUSE_S)
            service.woken.clear()
    finally:
        if server is not None:
            server.should_exit = True
        if pool is not None:
            pool.stop()
        service.stop(end_searches=interrupted.is_set())
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _serve(service: Service, config: WatchConfig, note: Callable[..., None]) -> uvicorn.Server:
    options: dict[str, Any] = {"host": config.host, "port": config.port, "log_level": "error", "access_log": False}
    server = uvicorn.Server(uvicorn.Config(build_app(service), **options))
    thread = threading.Thread(target=server.run, name="http", daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise PlatformError(f"cannot listen on {config.host}:{config.port}; is the port taken?")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    note(address=address_of(config.host, port))
    logging.getLogger("autotweak.watch").info("listening", extra={"host": config.host, "port": port})
    return server
