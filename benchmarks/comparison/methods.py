"""The methods that are compared, each a run over a table until its budget is spent."""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.comparison.ledger import Ledger, Spent
from benchmarks.comparison.table import Table
from benchmarks.comparison.trained import Trained
from benchmarks.efficiency import ROOT
from mlprojects.contract.curves import Pace, hopeless, noise_of, score_of
from mlprojects.contract.trial import Tweak
from pipelines.facts import Outcome
from pipelines.logs import last_words
from pipelines.search.loop import RECENT
from pipelines.search.policy import Limits, Try, decide
from pipelines.search.space import Space, canonical, decode, hyperopt_space
from pipelines.search.suggester import Suggester

OUT_OF_REACH = 2.0
"""A target for a search that is to spend all of its budget."""

Method = Callable[[Table, Ledger, int], None]


def autotweak(table: Table, ledger: Ledger, seed: int, stops: bool = True) -> None:
    """The search's own suggestions and decisions, on one slot, to the end of the budget.

    Args:
        table: what is trained.
        ledger: who pays.
        seed: the search's.
        stops: whether trials are stopped by their learning curves.
    """
    suggester, history, exhausted = Suggester(table.space, seed), list[Outcome](), False
    limits = Limits(OUT_OF_REACH, 10**6)
    while True:
        scored = [outcome for outcome in history if outcome.validation is not None]
        best: Tweak = max(scored, key=attrgetter("merit")).tweak if scored else {}
        climbing = suggester.climbs(best)
        if not isinstance(decide(history, False, 0, limits, False, exhausted, climbing), Try):
            return
        suggestion = suggester.suggest(best)
        if suggestion is None:
            exhausted = True
            continue
        trained = table.trained(suggestion.tweak)
        pace = Pace.of([outcome.curve for outcome in history[-RECENT:]]) if stops else None
        last = trained.epochs if pace is None else stopped_after(trained, pace)
        ledger.pay(trained, last)
        outcome = trained.after(last).model_copy(update={"trial": len(history)})
        history.append(outcome)
        suggester.tell(outcome.tweak, outcome.merit if outcome.validation else None)


def stopped_after(trained: Trained, pace: Pace) -> int:
    """The epoch after which a trial is hopeless; its last one where it never is."""
    if trained.outcome.validation is None:
        return trained.epochs
    rows, curve = trained.outcome.validation.rows, list[float]()
    for point in trained.curve:
        score = score_of(point, "accuracy")
        if score is None:
            break
        curve.append(score)
        if hopeless(curve, trained.epochs, pace, noise_of(max(curve), rows)):
            return len(curve)
    return trained.epochs


def hyperopt(algorithm: str, table: Table, ledger: Ledger, seed: int) -> None:
    """``fmin`` with ``tpe.suggest`` or ``rand.suggest``, as its documentation has it."""
    from hyperopt import STATUS_FAIL, STATUS_OK, fmin, rand, tpe

    def objective(point: dict[str, Any]) -> dict[str, Any]:
        score = ledger.pay(table.trained(decode(table.space, point)))
        return {"status": STATUS_FAIL} if score is None else {"status": STATUS_OK, "loss": -score}

    logging.getLogger("hyperopt").setLevel(logging.CRITICAL)  # it tells the end of the budget as a failure
    suggest = {"tpe": tpe.suggest, "random": rand.suggest}[algorithm]
    fmin(
        objective,
        hyperopt_space(table.space),
        suggest,
        max_evals=10**6,
        rstate=np.random.default_rng(seed),
        show_progressbar=False,
        verbose=False,
    )


def peer(module: str, python: Path, table: Table, ledger: Ledger, seed: int) -> None:
    """A peer in its own environment, asked and told over its standard streams, a line of JSON each way.

    It says a tweak, is told the score of each epoch, and says which of them it has trained and whether to the end.

    Raises:
        RuntimeError: it ended before the budget was spent.
    """
    command = [str(python), "-m", f"benchmarks.peers.{module}"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with tempfile.TemporaryFile("w+") as log, subprocess.Popen(command, cwd=ROOT, stderr=log, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def say(what: object) -> None:
            process.stdin.write(json.dumps(what) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]

        try:
            say({"seed": seed, "scopes": described(table.space)})
            for line in process.stdout:
                trained = table.trained(canonical(table.space, json.loads(line)))
                say([point.get("score") for point in trained.curve])
                ledger.pay(trained, **json.loads(process.stdout.readline()))
        finally:
            process.kill()
        log.seek(0)
        raise RuntimeError(f"{module} ended by itself: {last_words(log.read())}")


def described(space: Space) -> list[dict[str, Any]]:
    """A space as JSON: estimators, and for each its knobs with their values, or the ends of their range."""
    return [
        {
            "estimator": scope.estimator,
            "knobs": [
                {
                    "name": dial.name,
                    "label": dial.label,
                    "values": dial.values,
                    "range": None if dial.values is not None else [dial.knob.domain.low, dial.knob.domain.high],  # type: ignore[union-attr]
                    "parent": dial.knob.parent if dial.knob.parent in scope.written() else None,
                }
                for dial in scope.dials
            ],
        }
        for scope in space.scopes
    ]


def methods(family: str, python: Path) -> dict[str, Method]:
    """The methods for a family, by name. What has no epochs has nothing to be pruned."""
    found: dict[str, Method] = {
        "autotweak": autotweak,
        **({"autotweak, no early stopping": partial(autotweak, stops=False)} if family == "keras" else {}),
        "random": partial(hyperopt, "random"),
        "hyperopt TPE": partial(hyperopt, "tpe"),
    }
    if family == "keras":
        found["Optuna TPE, Hyperband"] = partial(peer, "asked_optuna", python)
        found["KerasTuner Hyperband"] = partial(peer, "asked_keras_tuner", python)
    else:
        found["Optuna TPE"] = partial(peer, "asked_optuna", python)
    return found


def run(method: Method, table: Table, budget: float, seed: int) -> Ledger:
    """One run to the end of its budget."""
    ledger = Ledger(budget)
    with suppress(Spent):
        method(table, ledger, seed)
    return ledger
