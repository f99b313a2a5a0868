"""Ray Tune with its defaults: ``python -m benchmarks.peers.ray_tune TASK TRIALS SLOTS``."""

import json
import sys
import time

import ray
from ray import tune

from benchmarks.peers.tasks import TASKS


def objective(config: dict[str, object]) -> dict[str, float]:
    """One trial."""
    score, fit_s = TASKS[str(config["task"])]({"share": float(config["share"])})  # type: ignore[arg-type]
    return {"score": score, "fit_s": fit_s}


if __name__ == "__main__":
    name, trials, slots = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    began = time.perf_counter()
    ray.init(num_cpus=slots, include_dashboard=False, logging_level="ERROR")
    space = {"task": name, "share": tune.uniform(0.1, 1.0)}
    tuner = tune.Tuner(
        objective,
        param_space=space,
        tune_config=tune.TuneConfig(num_samples=trials, metric="score", mode="max"),
        run_config=tune.RunConfig(verbose=0),
    )
    results = tuner.fit()
    fits = [result.metrics["fit_s"] for result in results if result.metrics]
    print(json.dumps({"fit_s": sum(fits), "wall_s": time.perf_counter() - began, "trials": len(fits)}))
