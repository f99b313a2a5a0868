"""The watch service: looks at repositories, queues what is new, and keeps its drivers running.

Time is an argument of :meth:`Service.step`, so that polling is tested without waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from math import nan
from threading import Event, RLock
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from pipelines.errors import AutotweakError, PlatformError, SourceError, UsageError
from pipelines.watch.config import Repository, WatchConfig
from pipelines.watch.queue import Entry, Queue
from pipelines.watch.remote import end_git
from pipelines.watch.trouble import Trouble

LOOKS_AT_ONCE = 16
QUEUE_S = 5.0
"""How often the queue is read where nothing is known to have changed in it."""
END_S = 0.5
"""What Git may take to end, once the service ends."""
SAID = (0, 1, 2, 3)
"""Exit statuses with which a driver ends by itself."""
MOST_ANEW = 3
"""How often a push is started anew whose driver was killed before it had begun its search."""
log = logging.getLogger("autotweak.watch")


class Driver(Protocol):
    """A search under way, in a process of its own."""

    def ended(self) -> int | None:
        """Its exit status, or None while it runs."""

    def reason(self) -> str:
        """In one line, why it failed."""

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""


class Launcher(Protocol):
    """Starts drivers."""

    def start(self, entry: Entry, repository: Repository) -> Driver:
        """A new search, or the rest of one whose driver died."""

    def in_hand(self, entry: Entry) -> bool:
        """Whether a driver works on the entry that this service did not start, or the monitor is to resume it."""


class Service:
    """Everything but the HTTP side."""

    def __init__(
        self,
        config: WatchConfig,
        queue: Queue,
        launcher: Launcher,
        heads: Callable[[str], dict[str, str]],
        substance: Callable[[Repository, str], str],
    ) -> None:
        """Make a service that has not begun.

        Args:
            config: what is watched.
            queue: where accepted pushes are kept.
            launcher: what starts searches.
            heads: asks a URL for its branches and their commits.
            substance: fetches a repository's commit and says what a trial of it depends on, as a digest.
        """
        self.config, self.queue, self.launcher = config, queue, launcher
        self.heads, self.substance = heads, substance
        self.drivers: dict[str, tuple[Entry, Driver]] = {}
        self._next_look = dict.fromkeys((found.name for found in config.repositories), 0.0)
        self._looks: dict[str, Future[None]] = {}
        self._heads: dict[str, dict[str, str]] = {}
        """By repository: the branches as the last poll found them. Each has its run: nobody is asked for it again."""
        self._next_queue = 0.0
        self._anew: dict[str, int] = {}
        self._others = 0
        self._changed = True
        self._lengths: dict[str, int] = {}
        """Of the queue when it was read last; empty where the tracking server did not answer."""
        self.woken = Event()
        """Set when a push was accepted: there is something to do at once."""
        self._threads = ThreadPoolExecutor(LOOKS_AT_ONCE, thread_name_prefix="look")
        self._fetchers = ThreadPoolExecutor(LOOKS_AT_ONCE, thread_name_prefix="fetch")
        self._digests: dict[str, Future[str]] = {}
        """By run: what a waiting push is made of. A repository that is slow holds up its own pushes only."""
        self._trouble = Trouble()
        self._locks = {found.name: RLock() for found in config.repositories}
        self.registry = CollectorRegistry()
        """Of the metrics; others may add theirs."""
        self._count = Counter("autotweak_pushes", "Pushes accepted.", ["repository"], registry=self.registry)
        self._failed = Counter(
            "autotweak_failed_looks", "Repositories not reached.", ["repository"], registry=self.registry
        )
        self._ends = Counter("autotweak_searches", "Searches ended.", ["status"], registry=self.registry)
        self._gauges = {
            state: Gauge(f"autotweak_{state}_searches", f"Searches {state}.", registry=self.registry)
            for state in ("waiting", "running")
        }
        self._answers = Gauge(
            "autotweak_tracking_server_up", "Whether the tracking server answers.", registry=self.registry
        )

    def look(self, name: str, branches: tuple[str, ...] | None = None, again: bool = True) -> list[tuple[Entry, bool]]:
        """Ask a repository for its branches and queue each head that has no search yet.

        Args:
            name: of the repository.
            branches: those to look at; None: all that are watched.
            again: whether those are looked at as well that are as the last look at all has found them.

        Returns:
            The entry of each branch, and whether it is new; a branch that is gone has none.

        Raises:
            PlatformError: the repository or the tracking server does not answer.
        """
        repository = self.config.named(name)
        assert repository is not None
        with self._locks[name]:  # two looks at once could see an old head after a new one
            heads = self.heads(repository.url)
            wanted = [branch for branch in branches or sorted(heads) if branch in heads and repository.watches(branch)]
            known = {} if again else self._heads.get(name, {})
            wanted = [branch for branch in wanted if known.get(branch) != heads[branch]]
            found = [self.queue.accept(name, branch, heads[branch]) for branch in wanted]
            if branches is None:
                self._heads[name] = heads
        for entry, new in found:
            if new:
                self._wake()
                self._count.labels(name).inc()
                log.info("queued", extra={"search": entry.run_id, "repository": name, "commit": entry.commit})
        return found

    def recover(self) -> None:
        """What is marked as running and has no driver of this service: it goes on, is resumed, or has ended."""
        others = 0
        for entry in self._mine(self.queue.running()):
            if entry.run_id in self.drivers:
                continue
            if self.launcher.in_hand(entry):
                others += not self.queue.has_ended(entry)
            elif self.queue.has_ended(entry):
                self.queue.settle(entry, "done")
            elif len(self.drivers) < self.config.searches:
                log.info("started again", extra={"search": entry.run_id, "repository": entry.repository})
                self.queue.take(entry)
                self._launch(entry)
        self._others = others

    @property
    def _under_way(self) -> int:
        """The searches that take a place: this service's, and those that another driver works on."""
        return len(self.drivers) + self._others

    def step(self, now: float) -> None:
        """Do what is due at ``now`` (seconds, monotonic)."""
        self._trouble.now = now
        self._reap()
        for name, due in self._next_look.items():
            if now >= due and name not in self._looks:
                self._next_look[name] = now + self.config.poll_s
                self._looks[name] = self._threads.submit(self._poll, name)
        for name in [name for name, look in self._looks.items() if look.done()]:
            self._looks.pop(name).result()
        # Nothing can start while all places are taken: what was queued meanwhile is counted with the next regular look.
        if (self._changed and self._under_way < self.config.searches) or now >= self._next_queue:
            self._changed, self._next_queue = False, now + QUEUE_S
            self._read_queue()

    @property
    def busy(self) -> bool:
        """Whether a look or a search is under way, or a push waits."""
        return bool(self._looks or self.drivers or self._mine([*self.queue.waiting(), *self.queue.running()]))

    def stop(self, end_searches: bool) -> None:
        """End the looks, and the drivers where asked: their searches start again, others are counted, next time."""
        for threads in (self._threads, self._fetchers):
            threads.shutdown(wait=False, cancel_futures=True)
        # Of those that had not begun nobody is told that they are cancelled: they would be waited for for ever.
        asked: list[Future[Any]] = [*self._looks.values(), *self._digests.values()]
        begun = [future for future in asked if not future.cancelled()]
        while wait(begun, END_S).not_done:
            end_git()  # one that hangs is not waited for
        for _, driver in self.drivers.values() if end_searches else ():
            driver.stop()

    def state(self) -> dict[str, object]:
        """What waits and runs, as JSON."""
        return {state: [vars(entry) for entry in found] for state, found in self._states().items()}

    def metrics(self) -> bytes:
        """In Prometheus' text format; the queue is as it was read last: a scrape waits for no tracking server."""
        self._answers.set(1 if self._lengths else 0)
        for state, gauge in self._gauges.items():
            gauge.set(self._lengths.get(state, nan))
        return generate_latest(self.registry)

    def _states(self) -> dict[str, list[Entry]]:
        return {"waiting": self.queue.waiting(), "running": self.queue.running()}

    def _poll(self, name: str) -> None:
        try:
            self.look(name, again=False)
        except AutotweakError as error:
            self._failed.labels(name).inc()
            if self._trouble.is_new(name, str(error)):
                log.warning("not reached", extra={"repository": name, "reason": str(error)})
        else:
            if self._trouble.is_over(name):
                log.info("reached again", extra={"repository": name})
                self._wake()

    def _mine(self, entries: list[Entry]) -> list[Entry]:
        return [entry for entry in entries if self.config.named(entry.repository) is not None]

    def _read_queue(self) -> None:
        """Start what may start."""
        try:
            self.recover()
            waiting = self._mine(self.queue.waiting())
            for gone in self._digests.keys() - {entry.run_id for entry in waiting}:
                self._digests.pop(gone).cancel()
            for entry in waiting:
                if self._under_way >= self.config.searches:
                    break
                if self._is_fetched(entry) and not self._is_unchanged(entry):
                    self.queue.take(entry)
                    self._launch(entry)
            self._lengths = {state: len(found) for state, found in self._states().items()}
        except PlatformError as error:
            self._changed, self._lengths = True, {}
            log.warning("not started", extra={"reason": str(error)})

    def _is_fetched(self, entry: Entry) -> bool:
        """Whether it is known what a push is made of; where it is not, somebody is about to find out."""
        digest = self._digests.get(entry.run_id)
        if digest is None and not self._trouble.may_fetch(entry.repository):
            return False
        if digest is None:
            repository = self.config.named(entry.repository)
            assert repository is not None
            digest = self._digests[entry.run_id] = self._fetchers.submit(self.substance, repository, entry.commit)
            digest.add_done_callback(lambda _: self._wake())
            return False
        if not digest.done():
            return False
        error = digest.exception()
        if isinstance(error, PlatformError):
            del self._digests[entry.run_id]
            about = {"search": entry.run_id, "repository": entry.repository, "reason": str(error)}
            log.warning("not fetched", extra=about | {"again_s": self._trouble.postpone(entry.repository)})
            return False
        if self._trouble.is_fetched(entry.repository):
            log.info("fetched again", extra={"search": entry.run_id, "repository": entry.repository})
        return True

    def _wake(self) -> None:
        self._changed = True
        self.woken.set()

    def _is_unchanged(self, entry: Entry) -> bool:
        """Settle a push that changes nothing a trial depends on."""
        try:
            earlier = self.queue.same(entry, self._digests[entry.run_id].result())
        except (SourceError, UsageError):  # the driver says it on the run
            return False
        if earlier is None:
            return False
        reason = f"nothing that a trial depends on has changed since {earlier.commit[:12]}: its search counts"
        self.queue.settle(entry, "unchanged", reason)
        log.info("unchanged", extra={"search": entry.run_id, "repository": entry.repository, "commit": entry.commit})
        return True

    def _launch(self, entry: Entry) -> None:
        repository = self.config.named(entry.repository)
        assert repository is not None
        self.drivers[entry.run_id] = (entry, self.launcher.start(entry, repository))
        log.info("started", extra={"search": entry.run_id, "repository": entry.repository, "commit": entry.commit})

    def _reap(self) -> None:
        for run_id, (entry, driver) in list(self.drivers.items()):
            status = driver.ended()
            if status is None:
                continue
            if status not in (0, 1) and self.launcher.in_hand(entry):  # it was killed; the monitor resumes its search
                log.warning("driver died", extra={"search": run_id, "repository": entry.repository, "status": status})
                del self.drivers[run_id]
                continue
            if status not in SAID and self._anew.get(run_id, 0) < MOST_ANEW:  # it was killed before its search began
                log.warning("driver died", extra={"search": run_id, "repository": entry.repository, "status": status})
                self._anew[run_id] = self._anew.get(run_id, 0) + 1
                del self.drivers[run_id]
                self._changed = True
                continue
            try:
                # Statuses 0 and 1 are a search that has ended and closed its run.
                self.queue.settle(entry, "done", "" if status in (0, 1) else driver.reason())
            except PlatformError as error:
                log.warning("queue not reached", extra={"search": run_id, "reason": str(error)})
                continue
            del self.drivers[run_id]
            self._anew.pop(run_id, None)
            self._changed = True
            self._ends.labels(str(status)).inc()
            log.info("ended", extra={"search": run_id, "repository": entry.repository, "status": status})
