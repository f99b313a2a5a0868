"""What a method pays for what it asks for, and what it has to show for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.comparison.trained import Trained


class Spent(Exception):  # noqa: N818 - not an error: the end of every run
    """The budget does not reach for what was asked."""


@dataclass(frozen=True)
class Entry:
    """Where a run was after one trial, or a part of one."""

    trials: float
    """Paid so far. A trial of which a part was run counts for its share of the epochs."""
    seconds: float
    """Of fit, so far."""
    score: float | None
    """The validation score that it came to; None where it failed, or was stopped early."""


@dataclass
class Ledger:
    """One run of one method on one task with one seed."""

    budget: float
    """In trials."""
    entries: list[Entry] = field(default_factory=list)

    def pay(self, trained: Trained, last: int | None = None, first: int = 0, complete: bool = True) -> float | None:
        """Pay for the epochs from ``first`` to ``last`` of a trial: all of them unless said otherwise.

        Args:
            trained: the trial.
            last: the epoch after which it was stopped, counted from one.
            first: epochs that were paid before.
            complete: whether its score counts: not of what a pruner has stopped.

        Returns:
            The score at ``last``; None of a trial that failed.

        Raises:
            Spent: the budget does not reach that far, and nothing is paid; or this was the last of it.
        """
        last = trained.epochs if last is None else min(last, trained.epochs)
        spent = self.entries[-1] if self.entries else Entry(0.0, 0.0, None)
        trials = spent.trials + (last - first) / trained.epochs
        if trials > self.budget + 1e-9:
            raise Spent
        seconds = spent.seconds + trained.seconds(last) - trained.seconds(first)
        score = trained.curve[last - 1].get("score") if last else None
        self.entries.append(Entry(trials, seconds, score if complete else None))
        if trials > self.budget - 1e-9:
            raise Spent
        return score

    @property
    def best(self) -> float:
        """The best score of all; 0 where there is none."""
        return max((entry.score for entry in self.entries if entry.score is not None), default=0.0)
