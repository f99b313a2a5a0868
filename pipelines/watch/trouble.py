"""Repositories that cannot be reached: what is said of them, and when they are asked again. Time is handed in."""

from __future__ import annotations

FIRST_S, MOST_S = 5.0, 300.0
"""Before the next try to fetch a push: the first time, and at most."""


class Trouble:
    """What is known of the repositories of one service. A failure is said once, not with each try."""

    def __init__(self) -> None:
        self.now = 0.0
        """Seconds, monotonic."""
        self._unreached: dict[str, str] = {}
        self._unfetched: dict[str, tuple[float, float]] = {}
        """By repository: for how long its pushes are not fetched, and until when."""

    def is_new(self, name: str, reason: str) -> bool:
        """Note that a repository did not answer; whether that is news."""
        before, self._unreached[name] = self._unreached.get(name), reason
        return before != reason

    def is_over(self, name: str) -> bool:
        """Note that it has answered, so that its pushes are fetched at once; whether that is news."""
        if name in self._unfetched:
            self._unfetched[name] = (self._unfetched[name][0], self.now)
        return self._unreached.pop(name, None) is not None

    def may_fetch(self, name: str) -> bool:
        """Whether the next try to fetch is due."""
        return self.now >= self._unfetched.get(name, (0.0, self.now))[1]

    def postpone(self, name: str) -> float:
        """Note that a push could not be fetched; the seconds until the next try."""
        last, until = self._unfetched.get(name, (0.0, 0.0))
        if self.now < until:  # another push of it has failed as well
            return until - self.now
        pause = min(MOST_S, 2 * last) or FIRST_S
        self._unfetched[name] = (pause, self.now + pause)
        return pause

    def is_fetched(self, name: str) -> bool:
        """Note that a push was fetched; whether that is news."""
        return self._unfetched.pop(name, None) is not None
