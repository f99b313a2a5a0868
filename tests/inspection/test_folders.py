"""Folders: which script is the entry, across modules, packages and helpers."""

from pathlib import Path

import pytest

from pipelines.inspection import Verdict, inspect

from .conftest import Write

SVC = "from sklearn.svm import SVC\nSVC().fit(X, y)\n"
DENSE = "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\nm.compile('sgd', 'mse')\nm.fit(x, y)\n"
BUILD_CNN = """
from keras.models import Sequential
from keras.layers import Conv2D, Dense
def build_model():
    model = Sequential()
    model.add(Conv2D(8, 3))
    model.add(Dense(10))
    return model
"""
SERVE = "import joblib\nfrom flask import Flask\nmodel = joblib.load('m.pkl')\nFlask(__name__).run()\n"

SETTLED = {
    "model_from_local_module": (
        {
            "1.py": "from net import build_model\nm = build_model()\nm.compile('adam')\nm.fit(x, y)",
            "net.py": BUILD_CNN,
        },
        ("keras", "cnn", "1.py"),
    ),
    "star_import_of_local_module": (
        {"run it.py": "from net import *\nm = build_model()\nm.fit(x, y)", "net.py": BUILD_CNN},
        ("keras", "cnn", "run it.py"),
    ),
    "star_import_through_local_module": (
        {
            "common.py": "from keras.layers import *\nfrom keras.models import *\n",
            "обучение.py": "from common import *\nm = Sequential([LSTM(3), Dense(1)])\nm.fit(x, y)",
        },
        ("keras", "rnn", "обучение.py"),
    ),
    "package_with_relative_imports": (
        {
            "main.py": "from src.training import run\nif __name__ == '__main__':\n    run()\n",
            "src/__init__.py": "",
            "src/training.py": "from .net import build_model as b\nfrom . import data\n"
            "def run():\n    b().fit(data.x, data.y)",
            "src/net.py": BUILD_CNN,
            "src/data.py": "x = y = None\n",
        },
        ("keras", "cnn", "main.py"),
    ),
    "submodule_attribute": (
        {"main.py": "import src.net\nm = src.net.build_model()\nm.fit(x, y)", "src/net.py": BUILD_CNN},
        ("keras", "cnn", "main.py"),
    ),
    "module_alias": (
        {"main.py": "import src.net as n\nn.build_model().fit(x, y)", "src/net.py": BUILD_CNN},
        ("keras", "cnn", "main.py"),
    ),
    "folder_on_the_path": (
        {"main.py": "import sys\nsys.path.append('lib')\nfrom net import build_model\nbuild_model().fit(x, y)",
         "lib/net.py": BUILD_CNN},
        ("keras", "cnn", "main.py"),
    ),
    "stands_beside_others": (
        {
            "app.py": SERVE,
            "mail.py": "import smtplib\nsmtplib.SMTP('localhost')\n",
            "plot.py": "import matplotlib.pyplot as plt\nplt.show()\n",
            "prepare.py": "from sklearn.preprocessing import StandardScaler\nStandardScaler().fit(X)\n",
            "evaluate.py": "from keras.models import load_model\nload_model('m.h5').evaluate(x, y)\n",
            "zz.py": DENSE,
        },
        ("keras", "dense", "zz.py"),
    ),
    "not_candidates": (
        {
            "a.py": SVC, "tests/b.py": DENSE, "test_c.py": DENSE, "conftest.py": DENSE, "setup.py": DENSE,
            ".hidden/d.py": DENSE, "venv/e.py": DENSE, "build/f.py": DENSE, "my/pyvenv.cfg": "", "my/g.py": DENSE,
        },
        ("sklearn", "classical", "a.py"),
    ),
    "trains_when_imported": (
        {"main.py": "import model\n", "model.py": SVC},
        ("sklearn", "classical", "main.py"),
    ),
    "imported_for_its_result": (
        {"app.py": "from model import clf\nprint(clf.predict(X))\n",
         "model.py": "from sklearn.svm import SVC\nclf = SVC()\nclf.fit(X, y)\n"},
        ("sklearn", "classical", "model.py"),
    ),
    "guarded_script_used_by_another": (
        {
            "predict.py": "from train import load\nload()\n",
            "train.py": "from sklearn.svm import SVC\ndef load():\n    return 1\n"
            "if __name__ == '__main__':\n    SVC().fit(X, y)\n",
        },
        ("sklearn", "classical", "train.py"),
    ),
    "only_functions_are_used_by_another": (
        {
            "lib.py": "from sklearn.svm import SVC\ndef train(X, y):\n    m = SVC()\n    return m.fit(X, y)\n",
            "go.py": "import lib\nlib.train([[1]], [1])\n",
        },
        ("sklearn", "classical", "go.py"),
    ),
    "class_with_base_in_other_module": (
        {
            "base.py": "class Base:\n    def __init__(self):\n        self.model = None\n"
            "    def train(self):\n        self.model.fit(x, y)\n",
            "go.py": "from base import Base\nfrom sklearn.svm import SVC\n"
            "class T(Base):\n    def __init__(self):\n        super().__init__()\n"
            "        self.model = SVC()\nT().train()\n",
        },
        ("sklearn", "classical", "go.py"),
    ),
    "keras_model_passed_to_local_function": (
        {
            "util.py": "def fit_it(model, data, epochs):\n    return model.fit(data, epochs=epochs)\n",
            "go.py": "from util import fit_it\nfrom net import build_model\n"
            "fit_it(model=build_model(), data=d, epochs=3)\n",
            "net.py": BUILD_CNN,
        },
        ("keras", "cnn", "go.py"),
    ),
    "local_file_named_like_a_library": (
        {
            "transformers.py": "from sklearn.base import BaseEstimator, TransformerMixin\n"
            "class Pick(BaseEstimator, TransformerMixin):\n"
            "    def fit(self, X, y=None):\n        return self\n",
            "go.py": "from transformers import Pick\n"
            "from sklearn.pipeline import Pipeline\nfrom sklearn.svm import SVC\n"
            "p = Pipeline([('pick', Pick()), ('svc', SVC())])\np.fit(X, y)\n",
        },
        ("sklearn", "classical", "go.py"),
    ),
    "unsupported_module": (
        {"go.py": "from net import make\nmake().fit(X, y)\n",
         "net.py": "from xgboost import XGBRegressor\ndef make():\n    return XGBRegressor()\n"},
        ("unsupported", None, "go.py"),
    ),
    "click_command": (
        {"go.py": "import click\nfrom sklearn.svm import SVC\n@click.command()\ndef main():\n    SVC().fit(X, y)\n"
         "if __name__ == '__main__':\n    main()\n"},
        ("sklearn", "classical", "go.py"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTLED)
def test_the_entry_is_what_trains_when_run(name: str, write: Write) -> None:
    """The one script that trains when it is run is found, with what it imports."""
    files, expected = SETTLED[name]
    verdict = inspect(write(dict(files)))
    assert (verdict.family, verdict.kind, verdict.entry) == expected, verdict


def test_two_scripts_of_one_family_are_listed(write: Write) -> None:
    """Where two scripts train, neither is guessed by its name."""
    verdict = inspect(write({"train.py": SVC, "other.py": SVC}))
    assert (verdict.family, verdict.kind, verdict.entry) == ("sklearn", None, None)
    assert verdict.candidates == ("other.py", "train.py")
    assert "set `entry:` in autotweak.yaml to one of other.py, train.py" in verdict.reason
    assert [item.file for item in verdict.evidence] == ["other.py", "train.py"]


def test_two_scripts_of_two_families_are_both(write: Write) -> None:
    """A folder with a script of each family is both."""
    verdict = inspect(write({"a.py": SVC, "b.py": DENSE}))
    assert (verdict.family, verdict.entry, verdict.candidates) == ("both", None, ("a.py", "b.py"))


def test_a_named_entry_settles_it(write: Write) -> None:
    """With an entry only that script is judged."""
    root = write({"a.py": SVC, "b.py": DENSE})
    assert inspect(root, "b.py").family == "keras"
    assert inspect(root, "./a.py").entry == "a.py"


def test_an_entry_may_lie_in_a_folder_that_is_not_searched(write: Write) -> None:
    """Tests and build folders hold no candidates, but can be named."""
    verdict = inspect(write({"build/train.py": SVC, "tests/t.py": DENSE}), "build/train.py")
    assert (verdict.family, verdict.entry) == ("sklearn", "build/train.py")


@pytest.mark.parametrize("entry", ["missing.py", "../outside.py", "/etc/passwd", "", "folder"])
def test_an_entry_that_is_no_file_of_the_source(entry: str, write: Write) -> None:
    """A missing entry, or one outside of the root, is family none with a reason."""
    root = write({"a.py": SVC, "folder/b.py": SVC})
    (root.parent / "outside.py").write_text(SVC)
    verdict = inspect(root, entry)
    assert (verdict.family, verdict.entry) == ("none", None)
    assert "is not a file of the source" in verdict.reason


def test_a_function_nothing_calls_is_told(write: Write) -> None:
    """A script whose training function is never called does not train, and the reason says where it is."""
    text = "from sklearn.svm import SVC\ndef train():\n    SVC().fit(X, y)\nprint('hello')\n"
    verdict = inspect(write({"a.py": text}))
    assert verdict.family == "none"
    assert "a.py:2" in verdict.reason


def _run_in(root: Path) -> tuple[str | None, str]:
    verdict: Verdict = inspect(root)
    return verdict.entry, verdict.cwd


def test_the_folder_to_run_in_has_the_files_the_entry_names(write: Write) -> None:
    """The root is chosen where the data are found from there, else the entry's folder."""
    reads = "import pandas as pd\npd.read_csv('data/train.csv')\n" + SVC
    root = write({"src/train.py": reads, "data/train.csv": ""})
    assert _run_in(root) == ("src/train.py", ".")
    write({"src/data/train.csv": ""})
    assert _run_in(root) == ("src/train.py", "src")


def test_a_path_up_from_the_entry(write: Write) -> None:
    """A path with `..` is looked up from the entry's folder, never outside of the root."""
    reads = "import pandas as pd\npd.read_csv('../data/train.csv')\n" + SVC
    assert _run_in(write({"src/train.py": reads, "data/train.csv": ""})) == ("src/train.py", "src")


def test_the_verdict_as_json(write: Write) -> None:
    """All fields come with plain types."""
    fields = inspect(write({"a.py": SVC})).to_json()
    assert fields["evidence"] == [
        {"file": "a.py", "line": 1, "text": "from sklearn.svm import SVC"},
        {"file": "a.py", "line": 2, "text": "SVC().fit(X, y)"},
    ]
    assert set(fields) == {
        "family", "kind", "entry", "environment", "evidence", "reason", "candidates", "cwd", "syntax_error",
    }  # fmt: skip


def test_the_reason_names_the_unsupported_framework(write: Write) -> None:
    """A framework that is not supported is named with its file and line."""
    verdict = inspect(write({"a.py": "import xgboost as xgb\nxgb.XGBClassifier().fit(X, y)\n"}))
    assert verdict.reason == "XGBoost is not supported: a.py:2 trains with it"
