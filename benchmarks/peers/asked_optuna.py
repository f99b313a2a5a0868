"""Optuna asked and told over standard streams: ``python -m benchmarks.peers.asked_optuna``.

Its first line of input has a seed and the knobs. It prints a tweak, reads the score of each epoch, prints what of that
it has trained, and so on until its input ends. See benchmarks/comparison/methods.py.
"""

import json
import sys
from typing import Any

import optuna

from benchmarks.peers.lines import most_epochs, say


def drawn(trial: optuna.Trial, scopes: list[dict[str, Any]]) -> dict[str, Any]:
    """One tweak of the conditional space: a knob that has no effect is not asked for."""
    names = [scope["estimator"] for scope in scopes]
    name = trial.suggest_categorical("estimator", names) if len(names) > 1 else names[0]
    tweak = {"estimator": name}
    for knob in next(scope for scope in scopes if scope["estimator"] == name)["knobs"]:
        if knob["parent"] is None or tweak[knob["parent"]]:
            if knob["values"] is None:
                tweak[knob["name"]] = trial.suggest_float(knob["label"], *knob["range"], log=True)
            else:
                tweak[knob["name"]] = trial.suggest_categorical(knob["label"], knob["values"])
    return tweak


def main() -> None:
    """Serve until the input ends."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    given = json.loads(sys.stdin.readline())
    most = most_epochs(given["scopes"])
    pruner = optuna.pruners.HyperbandPruner(1, most, 3) if most else optuna.pruners.NopPruner()
    sampler = optuna.samplers.TPESampler(seed=given["seed"])
    name = f"seed {given['seed']}"  # a trial's bracket is drawn by the study's name
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner, study_name=name)
    while True:
        trial = study.ask()
        say(drawn(trial, given["scopes"]))
        scores = json.loads(sys.stdin.readline())
        for step, score in enumerate(scores[:-1], start=1):
            trial.report(score, step)
            if trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                say({"last": step, "complete": False})
                break
        else:
            failed = scores[-1] is None
            study.tell(trial, None if failed else scores[-1], optuna.trial.TrialState.FAIL if failed else None)
            say({})


if __name__ == "__main__":
    main()
