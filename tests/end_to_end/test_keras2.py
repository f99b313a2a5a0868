"""The Keras 2 environment: a script of its years, the old names, and what each generation really has."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from pipelines.environments import Environment, ensure_venv
from pipelines.inspection import generation
from tests.end_to_end.conftest import ROOT, AutoTweak

pytestmark = pytest.mark.slow

SCRIPT = """
import numpy as np
from sklearn.cross_validation import train_test_split
from sklearn.datasets import load_digits
from keras.layers.core import Activation, Dense
from keras.layers.normalization import BatchNormalization
from keras.models import Sequential
from keras.optimizers import Adam
from keras.utils import np_utils

digits = load_digits()
Y = np_utils.to_categorical(digits.target, 10)
X_train, X_test, Y_train, Y_test = train_test_split(digits.data.astype(np.float), Y, random_state=7)
model = Sequential()
model.add(Dense(output_dim=32, input_dim=64, init='uniform'))
model.add(Activation('relu'))
model.add(Dense(10, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer=Adam(lr=1e-3, decay=1e-6), metrics=['accuracy'])

history = model.fit(X_train, Y_train, batch_size=64, nb_epoch=1, validation_data=(X_test, Y_test))
print('acc %.4f val_acc %.4f' % (history.history['acc'][-1], history.history['val_acc'][-1]))
print('accuracy %.4f' % np.mean(model.predict_classes(X_test) == Y_test.argmax(axis=1)))
model.save('digits.h5')
"""
PLAIN = """
import keras
keras.utils.set_random_seed(0)
from sklearn.datasets import load_digits
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import SGD
from keras.utils import np_utils

X, y = load_digits(return_X_y=True)
model = Sequential([Dense(16, activation='relu', input_dim=64), Dense(10, activation='softmax')])
model.compile(SGD(lr=0.01, decay=1e-6), 'categorical_crossentropy', metrics=['accuracy'])
model.fit(X[:1400], np_utils.to_categorical(y[:1400]), epochs=2, verbose=0)
print('loss', model.evaluate(X[1400:], np_utils.to_categorical(y[1400:]), verbose=0)[0].hex())
print('weights', [float(w.sum()).hex() for w in model.get_weights()], [layer.name for layer in model.layers])
"""


@pytest.fixture(scope="module")
def python(home: Path) -> Path:
    """The Python of the Keras 2 environment."""
    return ensure_venv(Environment("keras2"), home, print)


def run_inside(python: Path, *command: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a script in an environment, with the inside code at hand."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "TF_ENABLE_ONEDNN_OPTS": "0", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [python, *command], input=given, capture_output=True, text=True, env=variables, check=False, timeout=500
    )


def measured(output: str) -> list[str]:
    """The lines with the script's numbers."""
    return [line for line in output.splitlines() if line.startswith(("loss ", "weights "))]


def test_a_script_of_the_keras_2_years_reaches_the_target(autotweak: AutoTweak, tmp_path: Path) -> None:
    """It runs unmodified in the environment that inspect picked, is below the target as written, and reaches it."""
    (tmp_path / "train.py").write_text(SCRIPT)
    ran = autotweak("run", tmp_path, "--sandbox", "process", "--json", "--timeout", "8m")
    assert ran.status == 0, ran.stderr
    report = ran.json
    assert (report["family"], report["environment"], report["status"]) == ("keras", "keras2", "reached")
    assert "written for Keras 2: " in report["reason"]
    assert report["baseline"]["test"] < 0.8 <= report["best"]["test"]
    assert report["baseline"]["test_rows"] == 450
    assert report["failed_trials"] == 0
    assert report["model"]["alias"] == "champion"


def test_the_empty_tweak_is_the_plain_script(autotweak: AutoTweak, python: Path, tmp_path: Path, home: Path) -> None:
    """Bit for bit: loss, weights, names of layers."""
    (tmp_path / "train.py").write_text(PLAIN)
    plain = measured(run_inside(python, tmp_path / "train.py").stdout)
    ran = autotweak("trial", tmp_path, "--sandbox", "process")
    assert ran.status == 0, ran.stderr
    outputs = sorted((home / "searches").glob("*/trials/0000/output.log"), key=lambda path: path.stat().st_mtime)
    assert len(plain) == 2
    assert measured(outputs[-1].read_text()) == plain


@pytest.mark.parametrize("environment", ["keras2", "keras"])
def test_every_row_for_keras_holds(environment: str, home: Path, tmp_path: Path) -> None:
    """Each old name is there, or says what replaced it, and means what it meant."""
    inside = ensure_venv(Environment(environment), home, print)
    done = run_inside(inside, ROOT / "tests" / "sandbox" / "rows_tried.py", "keras", tmp_path)
    faults = [line for line in done.stdout.splitlines() if line.startswith("FAULT ")]
    assert (faults, done.returncode) == ([], 0), done.stderr


def test_what_inspect_takes_for_signs_is_so(python: Path, home: Path) -> None:
    """What is called gone is not in Keras 3, what is called new is not in Keras 2."""
    other = ensure_venv(Environment("keras"), home, print)
    gone = [
        f"{'' if part.startswith('keras.') else 'keras.'}{part}{'.' if part else ''}{name}"
        for part, names in generation.GONE.items()
        for name in sorted(names)
        if name not in ("legacy", "wrappers", "experimental")  # of another meaning in Keras 3, or empty there
    ]
    new = [
        f"keras.{part}{'.' if part else ''}{name}" for part, names in generation.NEW.items() for name in sorted(names)
    ]
    script = Path(__file__).with_name("generation_names.py")
    in_3 = json.loads(run_inside(other, script, given=json.dumps(gone + new)).stdout.splitlines()[-1])
    in_2 = json.loads(run_inside(python, script, given=json.dumps(gone + new)).stdout.splitlines()[-1])
    assert [name for name in gone if name in in_3] == []
    assert [name for name in new if name in in_2 or name not in in_3] == []
    old = [name for name in gone if name in in_2]
    assert len(old) > 40
