"""How much of the slots' time a search spends in ``fit``: autotweak and its peers on the same two sources.

Efficiency is the sum of the seconds in ``fit`` over slots times wall time; overhead the rest of that time per trial.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlprojects.contract import journal
from pipelines.settings import MachineSettings

ROOT = Path(__file__).resolve().parents[1]
PEERS = {"optuna_threads": "Optuna", "ray_tune": "Ray Tune", "mlflow_processes": "a process a trial, mlflow.autolog"}
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "TF_NUM_INTRAOP", "TF_NUM_INTEROP")}


@dataclass(frozen=True)
class Spent:
    """What one system took for so many trials."""

    system: str
    task: str
    slots: int
    trials: int
    fit_s: float
    wall_s: float
    """From the first trial's start to the last one's end; of a ``whole`` command from its start to its end."""
    whole: bool = False

    @property
    def efficiency(self) -> float:
        """The share of the slots' time that was spent in ``fit``."""
        return self.fit_s / (self.slots * self.wall_s)

    @property
    def overhead_s(self) -> float:
        """Seconds of a slot per trial that were not spent in ``fit``."""
        return (self.slots * self.wall_s - self.fit_s) / self.trials


def autotweak(task: str, trials: int, slots: int, sandbox: str, server: str) -> tuple[Spent, Spent]:
    """Search with the command line.

    Returns:
        The whole command, and of it the time in which there were trials to run.

    Raises:
        RuntimeError: the journals say something else than the report.
    """
    environments = Path(_home()) / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "environments").symlink_to(environments)
        source = str(ROOT / "benchmarks" / "sources" / task)
        options = ["--target", "1.0", "--max-trials", str(trials), "--slots", str(slots), "--sandbox", sandbox]
        variables = {"AUTOTWEAK_HOME": home, "MLFLOW_TRACKING_URI": server}
        out, wall_s = _timed([sys.executable, "-m", "pipelines", "run", source, "--json", *options], variables)
        (spool,) = (Path(home) / "searches").iterdir()
        events = [journal.parse(path.read_bytes())[0] for path in sorted(spool.glob("trials/*/journal.jsonl"))]
    fit_s = sum(trial[-1].get("fit_seconds", 0.0) for trial in events)  # one that failed has measured nothing
    if abs(fit_s - out["fit_seconds"]) > 0.01:
        raise RuntimeError(f"the report says {out['fit_seconds']} s in fit, the journals say {fit_s:.3f} s")
    later = events[1:]  # the baseline is alone by nature
    searching_s = max(t[-1]["time"] for t in later) - min(t[0]["time"] for t in later)
    name = f"autotweak, {sandbox}"
    whole = Spent(f"{name}, whole command", task, slots, len(events), fit_s, wall_s, whole=True)
    fit_s -= events[0][-1]["fit_seconds"]
    return whole, Spent(name, task, slots, len(later), fit_s, searching_s)


def peer(module: str, python: Path, task: str, trials: int, slots: int, server: str) -> Spent:
    """Search with a peer's own command, in its environment."""
    arguments = [task, str(trials), str(slots)]
    variables = {**ONE_THREAD, "MLFLOW_TRACKING_URI": server}
    out, _ = _timed([str(python), "-m", f"benchmarks.peers.{module}", *arguments], variables)
    return Spent(PEERS[module], task, slots, out["trials"], out["fit_s"], out["wall_s"])


def peers_python() -> Path:
    """The Python of the environment that the peers share, made once for each lock file."""
    lock = ROOT / "benchmarks" / "peers" / "requirements.lock"
    folder = MachineSettings().home / "benchmarks" / f"peers-{sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    if not python.exists():
        sys.stderr.write("making the peers' environment (once)\n")
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r"]
        subprocess.run([str(python), *install, str(lock)], check=True)
    return python


def _home() -> str:
    return os.environ.get("AUTOTWEAK_HOME", str(Path.home() / ".autotweak"))


def _timed(command: list[str], variables: dict[str, str]) -> tuple[dict[str, Any], float]:
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True, check=False
    )
    wall_s = time.perf_counter() - began
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1]), wall_s
