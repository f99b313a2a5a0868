"""Keeps the version that an alias names answering: asks the registry, starts and checks versions, swaps, restarts.

Time is an argument of :meth:`Service.step`. What may take long (the registry, an image, a model that loads, draining)
runs in threads; what they found is taken in by the next step, so that a dead backend is always noticed at once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pipelines.errors import PlatformError, UsageError
from pipelines.serving.attempt import Attempt, Fetches
from pipelines.serving.backend import Backend, Launcher, is_well
from pipelines.serving.decide import (
    CountDeath,
    Drop,
    Facts,
    GiveUp,
    Postpone,
    Refuse,
    Start,
    Take,
    decide,
)
from pipelines.serving.metrics import Counts
from pipelines.serving.registry import Version
from pipelines.serving.store import Store

POSTPONED_S = 30.0
PATIENCE_S = 10.0
"""How long the first answer of the registry is waited for where a good version is on disk."""
WATCHED_S = 0.25
PINGED_S = 5.0
UNANSWERED = 3
"""Pings in a row, and a backend that lives is taken for dead."""
log = logging.getLogger("autotweak.serve")


class Registered(Fetches, Protocol):
    """The part of the registry that serving needs."""

    def named(self, name: str, alias: str) -> Version:
        """The version that the alias names."""

    def note(self, name: str, alias: str) -> None:
        """Remember an alias that was moved by hand."""

    def refuse(self, name: str, alias: str, version: str, good: str, reason: str) -> bool:
        """Give the alias back to ``good``."""


class Traffic(Protocol):
    """The part of the front that swaps need."""

    def route(self, socket: Path | None) -> Any:
        """Give new requests to a backend."""

    def drain(self, route: Any) -> bool:
        """Wait for the requests under way."""


@dataclass(frozen=True)
class Changed:
    """What people are told: the served version changed, one was refused, or all was given up."""

    kind: Literal["swapped", "refused", "given_up"]
    version: Version | None
    said: str


class Service:
    """Everything but the HTTP side and the signals."""

    def __init__(
        self,
        name: str,
        alias: str,
        registry: Registered,
        store: Store,
        launcher: Launcher,
        front: Traffic,
        counts: Counts,
        address: str,
        poll_s: float,
        tell: Callable[[Changed], None] = lambda _: None,
        waits: bool = False,
        left: Backend | None = None,
    ) -> None:
        """Make a service that has not begun.

        Args:
            name: the registered model.
            alias: which of its versions is served.
            registry: where they are.
            store: where they are kept on this machine.
            launcher: what starts them.
            front: what holds the port.
            counts: what is counted.
            address: where clients reach the front, for the state.
            poll_s: how often the registry is asked.
            tell: told in a thread what people want to know.
            waits: whether a name or an alias that is not there yet is waited for.
            left: a living backend of the last good version: the registry is then not waited for.
        """
        self.name, self.alias, self.poll_s, self.waits = name, alias, poll_s, waits
        self._registry, self._store, self._launcher, self._front = registry, store, launcher, front
        self._counts, self._address, self._tell = counts, address, tell
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="serving")
        self._wanted: Version | None = None
        self._seen = self._noted = ""
        self._good = store.last_good
        self._left, self._goes_on = left, left is not None
        self._backend: Backend | None = None
        self._attempt: Attempt | None = None
        self._refused: dict[str, str] = {}
        self._retry_at = 0.0
        self._deaths: list[float] = []
        self._asked, self._began = False, 0.0
        self._poll: Future[Version] | None = None
        self._next_poll = self._next_look = self._next_ping = 0.0
        self._look: Future[tuple[Backend, str | None, bool | None]] | None = None
        self._unanswered = 0
        self._trouble = ""
        self._since, self._problem = store.since(left.version) if left else "", ""
        self._restarts = 0

    def step(self, now: float) -> None:
        """Do what is due at ``now`` (seconds, monotonic).

        Raises:
            UsageError: there was nothing of that name or alias when the service began.
            PlatformError: it is given up.
        """
        self._began = self._began or now
        self._hear_registry(now)
        self._look_after(now)
        wanted, good = self._wanted, self._good
        facts = Facts(
            now,
            asked=self._asked or self._goes_on or (good is not None and now - self._began > PATIENCE_S),
            wanted=wanted.version if wanted else None,
            good=good.about.version if good else None,
            alive=self._backend is not None,
            trying=self._attempt.state() if self._attempt else None,
            refused=frozenset(self._refused),
            retry_at=self._retry_at,
            deaths=tuple(self._deaths),
        )
        match decide(facts):
            case Start(version):
                self._start(version)
            case Take():
                self._take()
            case Drop():
                self._drop()
            case Refuse(version, reason):
                self._refuse(version, reason)
            case Postpone(version, reason):
                self._attempt, self._retry_at = None, now + POSTPONED_S
                self._warn("not available", version=version, reason=reason)
            case CountDeath(reason):
                self._attempt = None
                self._died(now, reason)
            case GiveUp(reason):
                self._give_up(reason)

    @property
    def serving(self) -> str | None:
        """The version that has the traffic."""
        return self._backend.version if self._backend else None

    def stop(self) -> None:
        """End all backends. The front has closed by now: no request is under way."""
        self._drop()
        for backend in (self._backend, self._left):
            if backend is not None:
                backend.stop()
        self._backend = self._left = None
        self._threads.shutdown(wait=True)
        self._store.silence()

    # -- the registry -----------------------------------------------------------------------------------

    def _hear_registry(self, now: float) -> None:
        if self._poll is None and now >= self._next_poll:
            self._poll = _aside(self._ask_registry)
        if self._poll is None or not self._poll.done():
            return
        poll, self._poll, self._next_poll = self._poll, None, now + self.poll_s
        try:
            wanted = self._wanted = poll.result()
            self._trouble = ""
            # Named again after it was given back, a version that was refused is tried once more.
            self._refused = {version: reason for version, reason in self._refused.items() if version == wanted.version}
            self._forget_another(wanted)
        except UsageError as error:
            if not (self._asked or self._goes_on or self._backend):
                if not self.waits:
                    raise
                if self._good is None:
                    self._hear_trouble("waiting", str(error))
                    return
            self._hear_trouble("nothing to serve", str(error))
        except PlatformError as error:
            self._hear_trouble("registry not reached", str(error))
        self._asked = True

    def _forget_another(self, wanted: Version) -> None:
        """Where the registry was made anew, what is here by the same number is another model."""
        good = self._good.about if self._good and (self._backend is None or not self._asked) else None
        if good is None or good.version != wanted.version or good.identity == wanted.identity:
            return
        self._good = None
        self._drop()
        for backend in (self._backend, self._left):
            if backend is not None:
                self._retire(self._front.route(None), backend)
        self._backend = self._left = None

    def _hear_trouble(self, event: str, reason: str) -> None:
        if reason != self._trouble:  # once, not with each poll
            self._warn(event, reason=reason)
        self._trouble = reason

    def _ask_registry(self) -> Version:
        """What the alias names; where that was refused, the alias goes back first."""
        found = self._registry.named(self.name, self.alias)
        reason, good = self._refused.get(found.version), self._good
        if reason is None or good is None:
            # Only what is still so with the next question: whoever has just moved the alias may be about to note it.
            if found.version == self._seen != self._noted:
                with contextlib.suppress(PlatformError):  # it may only read
                    self._registry.note(self.name, self.alias)
                self._noted = found.version
            self._seen = found.version
            return found
        if self._registry.refuse(self.name, self.alias, found.version, good.about.version, reason):
            log.info("alias restored", extra={"alias": self.alias, "version": good.about.version})
        return self._registry.named(self.name, self.alias)

    # -- backends -----------------------------------------------------------------------------------------

    def _look_after(self, now: float) -> None:
        if self._look is not None and self._look.done():
            look, self._look, self._next_look = self._look, None, now + WATCHED_S
            self._hear_look(now, *look.result())
        if self._look is None and self._backend is not None and now >= self._next_look:
            ping = now >= self._next_ping
            self._next_ping = now + PINGED_S if ping else self._next_ping
            self._look = self._threads.submit(_look_at, self._backend, ping)

    def _hear_look(self, now: float, backend: Backend, reason: str | None, well: bool | None) -> None:
        if backend is not self._backend:
            return
        if well is not None:
            self._unanswered = 0 if well else self._unanswered + 1
        if reason is None and self._unanswered >= UNANSWERED:
            reason = f"it lives, but has not answered {UNANSWERED} times in a row"
        if reason is not None:
            self._backend, self._unanswered = None, 0
            self._retire(self._front.route(None), backend)
            self._died(now, reason)

    def _died(self, now: float, reason: str) -> None:
        assert self._good is not None
        self._deaths.append(now)
        self._restarts += 1
        self._counts.restarts.inc()
        self._counts.serves(None)
        self._warn("died", version=self._good.about.version, reason=reason)

    def _start(self, version: str) -> None:
        good, wanted = self._good, self._wanted
        log.info("starting", extra={"version": version, "sandbox": self._launcher.kind})
        known = wanted if wanted is not None and wanted.version == version else None
        stored = good if good is not None and good.about.version == version else None
        if known is None:
            assert stored is not None
            known = stored.about
        if stored is not None and known.identity != stored.about.identity:
            stored = None
        left, self._left = self._left, None
        self._attempt = Attempt(known, stored, self._registry, self._store, self._launcher, self._threads, left)

    def _take(self) -> None:
        assert self._attempt is not None
        (stored, backend), took_over, self._attempt = self._attempt.result(), self._attempt.took_over, None
        old, former = self._backend, self._good
        self._backend, self._good = backend, stored
        self._unanswered = 0
        route = self._front.route(backend.socket)
        if old is not None:
            self._retire(route, old)
        version, before = stored.about.version, former.about if former else None
        swapped = before is None or before.version != version
        if swapped:
            self._store.is_good(version, before.version if before else None)
        if not (took_over and self._since):
            self._since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._counts.serves(version)
        self._problem = "" if swapped else self._problem
        self._say()
        log.info(
            "serving", extra={"version": version, "before": before.version if before else None, "taken_over": took_over}
        )
        if swapped:
            self._deaths = []
            self._counts.swapped("swapped")
            instead = f" in place of version {before.version}" if before else ""
            self._tell_in_a_thread(Changed("swapped", stored.about, f"Version {version} is served{instead}."))

    def _refuse(self, version: str, reason: str) -> None:
        assert self._good is not None
        assert self._attempt is not None
        known, self._attempt, self._refused[version] = self._attempt.known, None, reason
        self._next_poll = 0.0  # the alias goes back with the next question
        self._counts.swapped("refused")
        stays = self._good.about.version
        self._warn("refused", version=version, reason=reason, stays=stays)
        said = f"Version {version} was refused, version {stays} stays: {reason}"
        self._tell_in_a_thread(Changed("refused", known, said))

    def _drop(self) -> None:
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.drop()

    def _retire(self, route: Any, backend: Backend) -> None:
        def end() -> None:
            if route is not None and not self._front.drain(route):
                log.warning("not drained", extra={"version": backend.version})
            backend.stop()

        self._threads.submit(end)

    def _give_up(self, reason: str) -> None:
        self._attempt = None
        self._tell_in_a_thread(Changed("given_up", self._good.about if self._good else self._wanted, reason))
        raise PlatformError(f"{self.name}: {reason}")

    # -- what others see ----------------------------------------------------------------------------------

    def _warn(self, event: str, **about: Any) -> None:
        log.warning(event, extra=about)
        self._problem = f"{event}: {about.get('reason', '')}"
        self._say()

    def _say(self) -> None:
        """Write the state for ``autotweak status``."""
        state: dict[str, Any] = {"name": self.name, "alias": self.alias, "version": self.serving, "since": self._since}
        state |= {"restarts": self._restarts, "problem": self._problem, "sandbox": self._launcher.kind}
        self._store.say(state | {"address": self._address, "pid": os.getpid()})

    def _tell_in_a_thread(self, changed: Changed) -> None:
        self._threads.submit(self._tell, changed)


def _aside(work: Callable[[], Version]) -> Future[Version]:
    """Run in a thread that nobody waits for at the end: a registry may take minutes not to answer."""
    future: Future[Version] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="registry", daemon=True).start()
    return future


def _look_at(backend: Backend, ping: bool) -> tuple[Backend, str | None, bool | None]:
    """Why it is dead, and where it lives and is to be asked, whether it answers."""
    reason = backend.death()
    return backend, reason, is_well(backend) if ping and reason is None else None
