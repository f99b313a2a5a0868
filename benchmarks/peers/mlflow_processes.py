"""A process for each trial, with ``mlflow.autolog``: ``python -m benchmarks.peers.mlflow_processes TASK TRIALS SLOTS``.

It is what a shell loop, or MLflow's own example of a search, does; without a container for each, which costs more yet.
"""

import json
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def one(task: str, share: float) -> float:
    """Run one trial in a process of its own; the seconds in ``fit``."""
    command = [sys.executable, "-m", "benchmarks.peers.mlflow_processes", task, str(share)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def inside(task: str, share: float) -> None:
    """What that process does."""
    import mlflow

    from benchmarks.peers.tasks import TASKS

    mlflow.autolog(silent=True)
    with mlflow.start_run():
        score, fit_s = TASKS[task]({"share": share})
        mlflow.log_metric("score", score)
    print(fit_s)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        inside(sys.argv[1], float(sys.argv[2]))
    else:
        os.environ.setdefault("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
        began = time.perf_counter()
        with ThreadPoolExecutor(int(sys.argv[3])) as pool:
            fits = list(pool.map(lambda _: one(sys.argv[1], random.uniform(0.1, 1.0)), range(int(sys.argv[2]))))
        print(json.dumps({"fit_s": sum(fits), "wall_s": time.perf_counter() - began, "trials": len(fits)}))
