"""KerasTuner's HyperbandOracle asked and told over standard streams: ``python -m benchmarks.peers.asked_keras_tuner``.

Its lines are those of asked_optuna.py. The number of epochs is what Hyperband gives out, not a knob: each trial is one
with the most epochs, run as far as its round goes. A promoted trial goes on where it was, as KerasTuner's own tuner has
it load the weights of the trial before.
"""

import json
import sys
import tempfile
from typing import Any

import keras_tuner

from benchmarks.peers.lines import most_epochs, say

OBJECTIVE = "val_accuracy"


def space(knobs: list[dict[str, Any]]) -> keras_tuner.HyperParameters:
    """The conditional space."""
    found = keras_tuner.HyperParameters()
    values = {knob["name"]: knob["values"] for knob in knobs}
    for knob in (knob for knob in knobs if knob["name"] != "epochs"):
        if knob["parent"] is None:
            add(found, knob)
        else:
            with found.conditional_scope(knob["parent"], [value for value in values[knob["parent"]] if value]):
                add(found, knob)
    return found


def add(found: keras_tuner.HyperParameters, knob: dict[str, Any]) -> None:
    """One knob."""
    if knob["values"] is None:
        found.Float(knob["name"], *knob["range"], sampling="log")
    else:
        found.Choice(knob["name"], knob["values"])


def main() -> None:
    """Serve until the input ends."""
    given = json.loads(sys.stdin.readline())
    most = most_epochs(given["scopes"])
    oracle = keras_tuner.oracles.HyperbandOracle(
        objective=keras_tuner.Objective(OBJECTIVE, "max"),
        max_epochs=most,
        hyperband_iterations=1000,
        seed=given["seed"] + 1,  # it takes 0 for none
        hyperparameters=space(given["scopes"][0]["knobs"]),
        max_consecutive_failed_trials=1000,
    )
    oracle.verbose = 0
    with tempfile.TemporaryDirectory() as folder:
        oracle._set_project_dir(folder, "search")  # what its tuner does
        while (trial := oracle.create_trial("tuner")).status == "RUNNING":
            values = trial.hyperparameters.values
            first, last = values["tuner/initial_epoch"], values["tuner/epochs"]
            knobs = {name: value for name, value in values.items() if not name.startswith("tuner/")}
            say({**knobs, "epochs": most})
            scores = json.loads(sys.stdin.readline())
            score = scores[min(last, len(scores)) - 1]
            if score is None:
                trial.status = "FAILED"
            else:
                oracle.update_trial(trial.trial_id, {OBJECTIVE: score}, step=last)
                trial.status = "COMPLETED"
            oracle.end_trial(trial)
            say({"first": first, "last": last})


if __name__ == "__main__":
    main()
