"""Folders again: which of several scripts is the entry, and what is said where none can be told."""

import pytest

from pipelines.inspection import inspect

from .conftest import Write

SVC = "from sklearn.svm import SVC\nSVC().fit(X, y)\n"
SERVED = "from flask import Flask\n" + SVC + "Flask(__name__).run()\n"
WINDOW = "import tkinter\n" + SVC
CLUSTERS = "from sklearn.cluster import KMeans\nKMeans(3).fit(X)\n"
BUILD = "from tensorflow import keras\ndef build():\n    return keras.Sequential([keras.layers.Conv2D(3, 3)])\n"
FITS = "model.compile('adam', 'mse')\nmodel.fit(x, y, epochs=3)\n"
PICKED = "import importlib, sys\nfrom tensorflow import keras\n"
ROUTE = """
from flask import Flask
from sklearn.neighbors import KNeighborsClassifier
app = Flask(__name__)
@app.route('/predict')
def predict():
    return str(KNeighborsClassifier().fit(X, y).predict(X))
app.run()
"""

SETTLED = {
    "servers_yield": ({"train.py": SVC, "app.py": SERVED, "gui.py": WINDOW}, ("sklearn", "classical", "train.py")),
    "a_server_alone": ({"app.py": SERVED, "mail.py": "import smtplib\n"}, ("sklearn", "classical", "app.py")),
    "clusterers_yield": ({"explore.py": CLUSTERS, "train.py": SVC}, ("sklearn", "classical", "train.py")),
    "a_test_alone": ({"test_net.py": SVC, "notes.py": "print(1)\n"}, ("sklearn", "classical", "test_net.py")),
    "tests_yield": ({"tests/test_a.py": SVC, "run.py": SVC}, ("sklearn", "classical", "run.py")),
    "a_folder_named_build": ({"build/train.py": SVC, "x.py": "print(1)\n"}, ("sklearn", "classical", "build/train.py")),
    "module_by_prefix": (
        {
            "go.py": PICKED + "model = importlib.import_module('nets.' + sys.argv[1]).build()\n" + FITS,
            "nets/__init__.py": "",
            "nets/small.py": BUILD,
        },
        ("keras", "cnn", "go.py"),
    ),
    "module_by_format": (
        {
            "go.py": PICKED + "model = importlib.import_module(f'nets.{sys.argv[1]}').build()\n" + FITS,
            "nets/small.py": BUILD,
        },
        ("keras", "cnn", "go.py"),
    ),
    "module_by_its_name": (
        {"go.py": PICKED + "model = __import__('net').build()\n" + FITS, "net.py": BUILD},
        ("keras", "cnn", "go.py"),
    ),
    "layers_in_a_file_nobody_imports": (
        {"build_model.py": BUILD + "model = build()\n", "train_model.py": "from tensorflow import keras\n" + FITS},
        ("keras", "cnn", "train_model.py"),
    ),
    "file_named_like_what_it_imports": (
        {"autokeras.py": "import autokeras as ak\nclf = ak.ImageClassifier()\nclf.fit(x, y)\n"},
        ("unsupported", None, "autokeras.py"),
    ),
    "steps_of_a_pipeline_library": (
        {
            "run.py": "from steps.train import train\nfrom zenml import pipeline\n"
            "@pipeline\ndef all_steps():\n    train()\nif __name__ == '__main__':\n    all_steps()\n",
            "steps/train.py": "from zenml import step\nfrom sklearn.svm import SVC\n"
            "@step\ndef train():\n    SVC().fit(X, y)\n",
        },
        ("sklearn", "classical", "run.py"),
    ),
}


@pytest.mark.parametrize("name", SETTLED)
def test_the_script_that_only_trains_is_preferred(name: str, write: Write) -> None:
    """Servers, tests and clusterers yield to a script that trains; alone they are the entry."""
    files, expected = SETTLED[name]
    verdict = inspect(write(dict(files)))
    assert (verdict.family, verdict.kind, verdict.entry) == expected, verdict


def test_training_on_request_is_told(write: Write) -> None:
    """What a server would fit when asked is no training of the script, and the reason says where it stands."""
    verdict = inspect(write({"app.py": ROUTE}))
    assert (verdict.family, verdict.entry) == ("none", None)
    assert "app.py:6" in verdict.reason


def test_a_source_too_large_to_follow_says_so(write: Write) -> None:
    """With more calls than are followed no entry is guessed: the files left unread are candidates."""
    many = "def load():\n" + "    a.b(c)\n" * 4000
    files: dict[str, str | bytes] = {
        f"s{n:02}.py": f"import tensorflow\nfrom big import load\nload()\nm{n}.fit(x)\n" for n in range(20)
    }
    verdict = inspect(write({**files, "big.py": many, "a.py": SVC}))
    assert (verdict.family, verdict.entry, verdict.candidates[:2]) == ("sklearn", None, ("a.py", "s03.py"))
    assert "17 of its files were not read, s03.py the first: set `entry:` in autotweak.yaml" in verdict.reason
