"""Trials and GPUs: without one all that comes before the first computation, on a machine with one all of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines import gpu
from pipelines.environments import Environment, ensure_venv
from pipelines.errors import PlatformError
from pipelines.sandbox.docker import DockerSandbox, engine
from pipelines.settings import MachineSettings
from pipelines.spool import Spool
from tests.end_to_end.conftest import ROOT, AutoTweak
from tests.end_to_end.test_keras2 import run_inside

pytestmark = pytest.mark.slow
SCRIPT = """
import keras
import tensorflow as tf
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
for device in tf.config.list_physical_devices("GPU"):
    tf.config.experimental.set_memory_growth(device, True)
print("computes on", tf.constant(1.0).device)
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:1400], y[:1400], epochs=2, verbose=0)
model.evaluate(x[1400:], y[1400:])
"""


def test_a_fork_comes_before_the_first_use_of_a_device(home: Path) -> None:
    """TensorFlow is imported before and has listed no device; after it a device has a limit, whatever a script asks."""
    python = ensure_venv(Environment("keras"), home, print)
    done = run_inside(python, ROOT / "tests" / "end_to_end" / "device_tried.py")
    assert done.returncode == 0, done.stderr
    *looked, limited = [json.loads(line) for line in done.stdout.splitlines()]
    assert looked == [{"imported": True, "computed": False, "listed": False, "hidden": "-1"}] * 2
    assert limited == {"limit": 7680}


@pytest.mark.docker
def test_a_device_that_the_engine_does_not_give_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what trains all the same; no container is left of it."""
    monkeypatch.setenv("AUTOTWEAK_HOME", str(tmp_path))
    nowhere = gpu.Given(("GPU-nowhere",), "NVIDIA L4")
    about = (Environment("sklearn"), Spool(tmp_path / "spool"), 1, "nowhere", MachineSettings(), 0, print)
    box = DockerSandbox.prepare(engine(), *about, gpu=nowhere)
    with pytest.raises(PlatformError, match=r"cannot be started: .*; AUTOTWEAK_GPU=none trains on processors$"):
        box.start()
    assert engine().containers.list(all=True, filters={"label": "autotweak.search=nowhere"}) == []


@pytest.mark.parametrize("share", ["", "4096"])
def test_a_trial_computes_on_the_gpu(autotweak: AutoTweak, home: Path, tmp_path: Path, share: str) -> None:
    """Where there is one: all of it, or a share."""
    if not gpu.seen():
        pytest.skip("nvidia-smi tells of no GPU")
    (tmp_path / "train.py").write_text(SCRIPT)
    variables = {"AUTOTWEAK_GPU_MEMORY_MIB": share} if share else {}
    ran = autotweak("trial", tmp_path, **variables)
    assert ran.status == 0, ran.stderr
    assert "GPU: " in ran.stderr
    outputs = sorted((home / "searches").glob("*/trials/0000/output.log"), key=lambda path: path.stat().st_mtime)
    assert "GPU:0" in outputs[-1].read_text()
