"""One thread that tells the tracking server what a search tells it, so that no trial waits for a slow server."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from mlprojects.contract.trial import TrialSpec
from pipelines.facts import Event, Outcome
from pipelines.search.trials import Watcher

SHIP_S = 5.0
"""How often what trials under way have written is shipped."""


class Writer:
    """A :class:`pipelines.search.trials.Watcher` that hands on to another, in order, from a thread of its own.

    What it could not hand on is raised at the next call, or at the end; after that nothing more is handed on. A search
    whose driver dies has lost what was still queued: the driver that takes over tells all of it again.
    """

    def __init__(self, watcher: Watcher, every_s: float = SHIP_S) -> None:
        """Make a writer that hands on to ``watcher``, whose ``tick`` is called every ``every_s``."""
        self._watcher, self._every_s = watcher, every_s
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        """Wait until all is handed on.

        Raises:
            PlatformError: it could not be; where an error is on its way already, that one is more important.
        """
        self._queue.put(None)
        self._thread.join()
        if kind is None:
            self.tick()

    def submitted(self, spec: TrialSpec, origin: str) -> None:
        """Hand on."""
        self._put(partial(self._watcher.submitted, spec, origin))

    def heard(self, trial: int, events: list[Event]) -> None:
        """Hand on."""
        self._put(partial(self._watcher.heard, trial, events))

    def ended(self, outcome: Outcome) -> None:
        """Hand on."""
        self._put(partial(self._watcher.ended, outcome))

    def restarted(self, reason: str, trials: tuple[int, ...]) -> None:
        """Hand on."""
        self._put(partial(self._watcher.restarted, reason, trials))

    def tick(self) -> None:
        """Raise what the thread could not hand on.

        Raises:
            PlatformError: the watcher's.
        """
        if self._failure is not None:
            raise self._failure

    def _put(self, call: Callable[[], None]) -> None:
        self.tick()
        self._queue.put(call)

    def _work(self) -> None:
        try:
            due = time.monotonic() + self._every_s
            while True:
                left_s = due - time.monotonic()
                if left_s <= 0:
                    self._watcher.tick()
                    due = time.monotonic() + self._every_s
                    continue
                with contextlib.suppress(Empty):
                    call = self._queue.get(timeout=left_s)
                    if call is None:
                        return
                    call()
        except Exception as error:
            self._failure = error
