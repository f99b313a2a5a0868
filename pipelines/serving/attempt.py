"""A version on its way: fetched, started and checked in a thread, beside whatever has the traffic."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Literal, Protocol

from pipelines.errors import AutotweakError
from pipelines.serving.backend import TAKE_OVER_S, Backend, Launcher, NotServableError, await_health, check
from pipelines.serving.decide import Trying
from pipelines.serving.model import environment_of
from pipelines.serving.registry import Version
from pipelines.serving.store import Store, Stored

log = logging.getLogger("autotweak.serve")


class Fetches(Protocol):
    """The part of the registry that an attempt needs."""

    def fetch(self, version: Version, folder: Path) -> None:
        """Copy a version's model to a folder."""


class Attempt:
    """One version being tried; what comes of it is a stored model and a backend that passed its check."""

    def __init__(
        self,
        known: Version,
        stored: Stored | None,
        registry: Fetches,
        store: Store,
        launcher: Launcher,
        threads: Executor,
        left: Backend | None = None,
    ) -> None:
        """Begin.

        Args:
            known: the version.
            stored: its model, where that is on disk: the registry is then not asked.
            registry: what gives the model otherwise.
            store: where it is kept.
            launcher: what starts it.
            threads: where all this is done.
            left: a living backend of the version, which is taken over if it is well.
        """
        self.known, self.version = known, known.version
        self._stored, self._registry, self._store, self._launcher = stored, registry, store, launcher
        self._left, self._cancelled = left, threading.Event()
        self.took_over = False
        self._work: Future[tuple[Stored, Backend]] = threads.submit(self._bring_up)

    def state(self) -> Trying:
        """How it stands."""
        if not self._work.done():
            return Trying(self.version)
        error = self._work.exception()
        if error is None:
            return Trying(self.version, "good")
        outcome: Literal["bad", "unavailable"] = "bad" if isinstance(error, NotServableError) else "unavailable"
        ours = isinstance(error, AutotweakError | NotServableError)
        return Trying(self.version, outcome, " ".join((str(error) if ours else repr(error)).split()))

    def result(self) -> tuple[Stored, Backend]:
        """What came of it, where that is good."""
        return self._work.result()

    def drop(self) -> None:
        """It is not wanted any more: whatever it has started, or is about to start, is ended."""
        self._cancelled.set()
        self._work.add_done_callback(_end)

    def _bring_up(self) -> tuple[Stored, Backend]:
        """What fails leaves nothing running."""
        if self._left is not None and self._stored is not None and self._is_well(self._left, self._stored):
            self.took_over = True
            return self._stored, self._left
        stored = self._stored or self._store.put(self.known, self._registry.fetch)
        environment = environment_of(stored.model)
        if environment is None:
            raise NotServableError("its requirements.txt pins neither scikit-learn nor Keras")
        backend = self._launcher.start(stored, environment)
        try:
            await_health(backend, self._cancelled)
            if not check(backend, stored):
                log.warning("not checked", extra={"version": backend.version, "reason": "it has no input example"})
        except BaseException:
            backend.stop()
            raise
        return stored, backend

    def _is_well(self, left: Backend, stored: Stored) -> bool:
        """Whether what was left may have the traffic; it is ended otherwise."""
        try:
            await_health(left, self._cancelled, TAKE_OVER_S)
            check(left, stored, TAKE_OVER_S)
        except NotServableError as error:
            log.warning("not taken over", extra={"version": left.version, "reason": str(error)})
            left.stop()
            return False
        return True


def _end(work: Future[tuple[Stored, Backend]]) -> None:
    if not work.cancelled() and work.exception() is None:
        work.result()[1].stop()
