"""What to try next: the ladder first, then the Tree-structured Parzen Estimator of hyperopt.

Bergstra, Bardenet, Bengio and Kégl, "Algorithms for Hyper-Parameter Optimization", NIPS 2011.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from mlprojects.contract.trial import Tweak, tweak_key
from pipelines.search.space import ESTIMATOR, Space, canonical, decode, encode, fitted, hyperopt_space, ladder

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from hyperopt import JOB_STATE_DONE, STATUS_FAIL, STATUS_OK, Trials, rand, space_eval, tpe, trials_from_docs
    from hyperopt.base import Domain

RANDOM_FIRST = 5
"""Random draws before the estimator has something to go by; the ladder is counted among its evidence."""
EVIDENCE = 300
"""Trials that the estimator goes by. Its time grows with them, and old ones weigh next to nothing in it (its linear
forgetting gives the last 25 full weight): beyond so many only the best and the latest are kept."""
BEST_KEPT = 50
"""Of these, so many for their scores: the estimator's better part is 25 at most."""
TPE_DRAWS = 10
"""Draws of the estimator in a row that were all tried before; a random draw breaks out of that corner."""
RANDOM_DRAWS = 100
"""Random draws in a row that were all tried before: the space is as good as exhausted."""


@dataclass(frozen=True)
class Suggestion:
    """A tweak worth a trial, and where it comes from: ladder, previous, tpe or random."""

    tweak: Tweak
    origin: str


class Suggester:
    """Asks hyperopt and tells it; never suggests the same tweak twice."""

    def __init__(self, space: Space, seed: int, previous: Tweak | None = None) -> None:
        """Make a suggester that has been told nothing.

        Args:
            space: what may be tried.
            seed: of what is drawn.
            previous: the best tweak of an earlier search; it comes after the script as written, before the ladder.
        """
        self.space, self.seed = space, seed
        self._trials = Trials()
        self._nodes = hyperopt_space(space)
        self._domain = Domain(lambda _: 0.0, self._nodes)
        earlier = fitted(space, previous or {})
        self._rungs: list[tuple[str, Tweak]] = [("ladder", {}), *([("previous", earlier)] if earlier else [])]
        self._rungs += [("ladder", change) for change in ladder(space, {})]
        self._foot: Tweak = {}
        self._seen: set[str] = set()
        self._numbers = 0

    def climbs(self, best: Tweak) -> bool:
        """Whether the next tweak is a rung of the ladder: a change of the best one so far."""
        return bool(self._rungs) or best != self._foot

    def suggest(self, best: Tweak) -> Suggestion | None:
        """The next tweak, or None when nothing new is left.

        Args:
            best: the best tweak so far; a rung of the ladder changes one knob of it, and the ladder is climbed
                again as long as that has led to a better one.
        """
        if (rung := self._climb(best)) is not None:
            return rung
        if len(self._seen) >= self.space.size:
            return None
        estimate = partial(tpe.suggest, n_startup_jobs=RANDOM_FIRST)
        draws = [("tpe", estimate)] * TPE_DRAWS + [("random", rand.suggest)] * RANDOM_DRAWS
        for attempt, (origin, draw) in enumerate(draws):
            tweak = self._draw(draw, attempt)
            if self._new(tweak):
                return Suggestion(tweak, origin)
        return None

    @property
    def evidence(self) -> list[float]:
        """The scores that the estimator goes by, oldest first."""
        return [-result["loss"] for result in self._trials.results if "loss" in result]

    def take(self, tweak: Tweak) -> bool:
        """Note a tweak that is tried without having been suggested; False where it was tried before."""
        return self._new(tweak)

    def repeat(self, suggestion: Suggestion, best: Tweak) -> None:
        """Be where ``suggest(best)`` has led to that gave this once: nothing is drawn for it, so it takes no time."""
        self._climb(best)
        self._new(suggestion.tweak)

    def tell(self, tweak: Tweak, score: float | None) -> None:
        """Report a validation score (higher is better), or None for a trial that failed."""
        number = self._number()
        values = encode(self.space, tweak)
        misc = {
            "tid": number,
            "cmd": ("domain_attachment", "FMinIter_Domain"),
            "workdir": None,
            "idxs": {label: [number] if value else [] for label, value in values.items()},
            "vals": values,
        }
        result = {"status": STATUS_FAIL} if score is None else {"status": STATUS_OK, "loss": -score}
        document = self._trials.new_trial_docs([number], [None], [result], [misc])[0]
        document["state"] = JOB_STATE_DONE
        self._trials.insert_trial_docs([document])
        self._trials.refresh()
        if len(self._trials) >= 2 * EVIDENCE:
            self._forget()

    def _forget(self) -> None:
        documents = self._trials.trials
        best = sorted(documents, key=lambda d: d["result"].get("loss", math.inf))[:BEST_KEPT]
        kept = {d["tid"] for d in (*best, *documents[BEST_KEPT - EVIDENCE :])}
        self._trials = trials_from_docs([d for d in documents if d["tid"] in kept])

    def _climb(self, best: Tweak) -> Suggestion | None:
        """The next rung that is new; None where the ladder has led as far as it does."""
        while (rung := self._rung(best)) is not None:
            origin, change = rung
            base = {} if origin == "previous" or ESTIMATOR in change else best
            tweak = canonical(self.space, {**base, **change})
            if self._new(tweak) and (tweak or not change):
                return Suggestion(tweak, origin)
        return None

    def _rung(self, best: Tweak) -> tuple[str, Tweak] | None:
        """The next change, and where it comes from. What did not help the script may help what the climb has led to."""
        if not self._rungs and best != self._foot:
            self._foot, self._rungs = best, [("ladder", change) for change in ladder(self.space, best)]
        return self._rungs.pop(0) if self._rungs else None

    def _draw(self, suggest: Callable[..., Any], attempt: int) -> Tweak:
        # Of what was tried, not of what was drawn: a driver that takes over draws nothing again.
        drawing = len(self._seen) * (TPE_DRAWS + RANDOM_DRAWS) + attempt
        seed = (self.seed * 1_000_003 + drawing) % 2**32
        documents = suggest([self._number()], self._domain, self._trials, seed)
        drawn: dict[str, Any] = {k: v[0] for k, v in documents[0]["misc"]["vals"].items() if len(v)}
        return decode(self.space, space_eval(self._nodes, drawn))

    def _number(self) -> int:
        """One that hyperopt has not had: its own count starts again when it has forgotten some."""
        self._numbers += 1
        return self._numbers

    def _new(self, tweak: Tweak) -> bool:
        key = tweak_key(tweak)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True
