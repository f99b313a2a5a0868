"""Wrong input ends with the right status and one line that says what is wrong, where, and what would help."""

from __future__ import annotations

import json
from pathlib import Path

import git
import pytest

from tests.end_to_end.conftest import AutoTweak

TRAINS = "from sklearn.svm import SVC\nSVC().fit([[0.0], [1.0]] * 20, [0, 1] * 20)\n"
KERAS = "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\nm.compile(loss='mse')\nm.fit([[0.0]], [[1.0]])\n"

TORCH = """
import torch
model = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    loss = ((model(torch.ones(1, 1)) - 1) ** 2).mean()
    loss.backward()
    optimizer.step()
"""


def source(folder: Path, **files: str) -> Path:
    """A folder with the scripts given."""
    root = folder / "source"
    root.mkdir()
    for name, text in files.items():
        (root / f"{name}.py").write_text(text)
    return root


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--target", "0"], "target 0"),
        (["--target", "1.5"], "target 1.5"),
        (["--target", "eighty"], "eighty"),
        (["--max-trials", "0"], "max-trials 0"),
        (["--timeout", "0"], "timeout '0'"),
        (["--timeout", "soon"], "timeout 'soon'"),
        (["--slots", "0"], "slots 0"),
        (["--metric", "luck"], "metric 'luck'"),
        (["--sandbox", "moon"], "sandbox 'moon'"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_wrong_options_are_usage_errors(autotweak: AutoTweak, tmp_path: Path, options: list[str], says: str) -> None:
    """An option out of its range ends with status 2 and a line that names it."""
    ran = autotweak("run", source(tmp_path, train=TRAINS), *options)
    assert ran.status == 2
    assert says in ran.error


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"train": "def broken(:\n"}, "train.py:1"),
        ({"train": "print('hello')\n"}, "train"),
        (
            {"train": TORCH},
            "PyTorch",
        ),
        ({"train": "import xgboost\nxgboost.XGBClassifier().fit([[0]], [0])\n"}, "XGBoost"),
        ({"one": TRAINS, "two": KERAS}, "one.py"),
    ],
    ids=["syntax error", "trains nothing", "PyTorch", "XGBoost", "both families"],
)
def test_sources_that_cannot_be_trained(autotweak: AutoTweak, tmp_path: Path, files: dict[str, str], says: str) -> None:
    """A source that cannot be trained ends with status 2, for run and for inspect, and says where."""
    root = source(tmp_path, **files)
    for command in ("run", "inspect"):
        ran = autotweak(command, root, "--json")
        assert ran.status == 2
        assert says.lower() in ran.error.lower()
        assert set(json.loads(ran.stdout)) >= {"family", "kind", "entry", "environment", "evidence", "reason"}
        if command == "run":
            assert ran.json["status"] in ("unsupported", "failed")
            assert ran.json["model"] is None


def test_nothing_at_the_path(autotweak: AutoTweak, tmp_path: Path) -> None:
    """A missing path ends with status 2 and names the path."""
    ran = autotweak("run", tmp_path / "missing", "--json")
    assert ran.status == 2
    assert "missing" in ran.error
    assert ran.json["status"] == "failed"


def test_one_trial_needs_no_target(autotweak: AutoTweak, tmp_path: Path) -> None:
    """The command that a search for the least error gives to reproduce a trial gets as far as the source."""
    ran = autotweak("trial", source(tmp_path, train="print(1)"), "--metric", "rmse")
    assert ran.status == 2
    assert "no script trains" in ran.error


def test_empty_folder_and_empty_repository(autotweak: AutoTweak, tmp_path: Path) -> None:
    """An empty folder and a repository without a commit end with status 2."""
    (tmp_path / "empty").mkdir()
    git.Repo.init(tmp_path / "bare.git", bare=True)
    for name in ("empty", "bare.git"):
        ran = autotweak("run", tmp_path / name)
        assert ran.status == 2
        assert "empty" in ran.error


@pytest.mark.slow
def test_unreachable_tracking_server(autotweak: AutoTweak, tmp_path: Path) -> None:
    """A tracking server that does not answer ends with status 3 before anything is trained."""
    ran = autotweak("run", source(tmp_path, train=TRAINS), "--json", MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert ran.status == 3
    assert "http://127.0.0.1:9" in ran.error
    assert ran.json["trials"] == 0


def test_settings_that_are_not_known(autotweak: AutoTweak, tmp_path: Path) -> None:
    """A wrong word in autotweak.yaml is named."""
    root = source(tmp_path, train=TRAINS)
    (root / "autotweak.yaml").write_text("tarjet: 0.9\n")
    ran = autotweak("run", root)
    assert ran.status == 2
    assert "tarjet" in ran.error


def test_unknown_ref(autotweak: AutoTweak, tmp_path: Path) -> None:
    """A branch that the repository does not have ends with status 2 and names those it has."""
    root = source(tmp_path, train=TRAINS)
    repository = git.Repo.init(root, initial_branch="main")
    repository.index.add(["train.py"])
    repository.index.commit("first")
    ran = autotweak("inspect", f"{root}@nowhere")
    assert ran.status == 2
    assert "nowhere" in ran.error
    assert "main" in ran.error
