"""What an operator reads of the whole home at each scrape: searches, trials, restarts, and the outbox."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pipelines.glance import Glances, by_state
from pipelines.notify.waiting import COUNTED, FOLDER, tally, waiting
from pipelines.restarts import Cause
from pipelines.searches import State

OUTCOMES = ("reached", "not_reached", "unsupported")
"""Of searches that have ended, besides the states; each state is always there, so that a rule may count on it."""


class HomeMetrics(Collector):
    """Reads a home's disk at each scrape; what has not changed is not read again."""

    def __init__(self, home: Path) -> None:
        self._home, self._glances, self._lock = home, Glances(home), Lock()

    def describe(self) -> list[Metric]:
        """Nothing: the registry is not to read the disk to learn the names."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The present values."""
        with self._lock:
            found = self._glances.all()
        states = GaugeMetricFamily("autotweak_home_searches", "Searches of this home.", labels=["state"])
        for state, number in {**dict.fromkeys((*get_args(State), *OUTCOMES), 0), **by_state(found)}.items():
            states.add_metric([state], number)
        yield states
        yield CounterMetricFamily("autotweak_trials", "Trials that have ended.", value=sum(one.trials for one in found))
        causes = Counter[str](dict.fromkeys(get_args(Cause), 0))
        for one in found:
            causes.update(one.restarts)
        restarts = CounterMetricFamily("autotweak_restarts", "Sandboxes and drivers started again.", labels=["cause"])
        for cause, number in causes.items():
            restarts.add_metric([cause], number)
        yield restarts
        yield from self._outbox()

    def _outbox(self) -> Iterator[Metric]:
        folder = self._home / FOLDER
        held = waiting(folder)
        yield GaugeMetricFamily("autotweak_outbox_waiting", "Events that somebody is still to be told.", held.number)
        oldest = time.time() - held.since if held.number else 0.0
        yield GaugeMetricFamily("autotweak_outbox_oldest_seconds", "Age of the oldest of them.", oldest)
        sent = CounterMetricFamily("autotweak_messages", "Messages, by what became of them.", labels=["result"])
        counted = tally(folder)
        for result in COUNTED:
            sent.add_metric([result], counted[result])
        yield sent
