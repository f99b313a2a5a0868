"""Optuna, its trials as threads of one process: ``python -m benchmarks.peers.optuna_threads TASK TRIALS SLOTS``."""

import json
import sys
import time

import optuna

from benchmarks.peers.tasks import TASKS

if __name__ == "__main__":
    task, trials, slots = TASKS[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3])
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    fits: list[float] = []

    def objective(trial: optuna.Trial) -> float:
        """One trial."""
        score, fit_s = task({"share": trial.suggest_float("share", 0.1, 1.0)})
        fits.append(fit_s)
        return score

    began = time.perf_counter()
    optuna.create_study(direction="maximize").optimize(objective, n_trials=trials, n_jobs=slots)
    print(json.dumps({"fit_s": sum(fits), "wall_s": time.perf_counter() - began, "trials": len(fits)}))
