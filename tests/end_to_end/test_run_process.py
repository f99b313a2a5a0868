"""The main job without Docker: a local process, the real environments, a real tracking store."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import git
import pytest
from mlflow import MlflowClient

from tests.end_to_end.conftest import ROOT, AutoTweak

pytestmark = pytest.mark.slow

WEAK = """
import numpy as np
from sklearn.neighbors import KNeighborsClassifier
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

X, y = load_wine(return_X_y=True)
a, b, c, d = train_test_split(X, y, random_state=0)
model = KNeighborsClassifier().fit(a, c)
"""


def client(home: Path) -> MlflowClient:
    """The embedded tracking store."""
    return MlflowClient(tracking_uri=f"sqlite:///{home}/mlflow.db")


def family_python(home: Path, family: str) -> Path:
    """The Python of a family's environment."""
    return next((home / "environments").glob(f"{family}-*/bin/python"))


def test_wine_svm_reaches_the_target(autotweak: AutoTweak, home: Path) -> None:
    """The SVC on unscaled wine is below 80 % as written and above it when scaled, in every number reported."""
    ran = autotweak("run", ROOT / "examples" / "wine-svm", "--sandbox", "process", "--json")
    assert ran.status == 0, ran.stderr
    report = ran.json
    assert report["status"] == "reached"
    assert 0.6 < report["baseline"]["test"] < 0.75
    assert report["best"]["test"] >= 0.8
    assert report["best"]["tweak"]
    assert report["best"]["interval"][0] < report["best"]["test"] <= report["best"]["interval"][1]
    assert report["best"]["test_rows"] == report["baseline"]["test_rows"] == 54
    assert report["model"] == {"name": "wine-svm", "version": "1", "alias": "champion"}
    assert report["failed_trials"] == 0
    assert ran.stderr.count("not isolated") == 1

    plain = subprocess.run(
        [family_python(home, "sklearn"), ROOT / "examples" / "wine-svm" / "train.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(plain.stdout.split(":")[1]) == report["baseline"]["test"]

    store = client(home)
    parent = store.get_run(report["search_run_id"])
    children = store.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'", max_results=100
    )
    assert len(children) == report["trials"]
    assert all(run.info.status == "FINISHED" for run in [parent, *children])
    for run in children:
        searched = run.data.tags["autotweak.role"] == "search"
        assert ("validation_accuracy" in run.data.metrics) == searched
        assert ("test_accuracy" in run.data.metrics) != searched
        assert {"scaler", "C", "gamma", "kernel", "seed"} <= set(run.data.params)
        assert run.data.tags["autotweak.reproduce"].startswith("autotweak trial ")
        assert run.data.tags["autotweak.environment_digest"]
    winner = next(r for r in children if r.data.tags["autotweak.role"] == "confirm")
    names = {artifact.path for artifact in store.list_artifacts(winner.info.run_id)}
    assert {"confusion_matrix.png", "model_summary.txt", "output.log"} <= names
    version = store.get_model_version_by_alias("wine-svm", "champion")
    assert version.run_id == winner.info.run_id
    assert len(store.search_model_versions("name = 'wine-svm'")) == 1


def test_registered_model_predicts_elsewhere(autotweak: AutoTweak, home: Path) -> None:
    """The champion is loaded by alias in another process, and its predictions score what the report says."""
    report = autotweak("run", ROOT / "examples" / "wine-svm", "--sandbox", "process", "--json", "--name", "loaded").json
    script = (
        "import mlflow.pyfunc as m; from sklearn.datasets import load_wine as l;"
        "from sklearn.model_selection import train_test_split as s; X, y = l(return_X_y=True);"
        "_, b, _, d = s(X, y, test_size=0.3, random_state=1);"
        "print((m.load_model('models:/loaded@champion').predict(b) == d).mean())"
    )
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{home}/mlflow.db"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert float(done.stdout) == report["best"]["test"]


def test_reproduce_command_gives_the_same_score(autotweak: AutoTweak, home: Path) -> None:
    """The command on a trial's run, typed again, gives the trial's validation score to the last digit."""
    report = autotweak("run", ROOT / "examples" / "wine-svm", "--sandbox", "process", "--json", "--name", "again").json
    store = client(home)
    experiment = store.get_run(report["search_run_id"]).info.experiment_id
    run = store.search_runs([experiment], "tags.`autotweak.role` = 'search'", order_by=["attributes.start_time DESC"])[
        0
    ]
    import shlex

    command = shlex.split(run.data.tags["autotweak.reproduce"])[1:]
    assert autotweak(*command, "--sandbox", "process").status == 0
    name = "wine-svm"
    single = store.search_runs([store.get_experiment_by_name(name).experiment_id], max_results=1)[0]
    assert single.data.metrics["validation_accuracy"] == run.data.metrics["validation_accuracy"]


def test_digits_cnn_reaches_the_target(autotweak: AutoTweak, home: Path) -> None:
    """The beginner's CNN on digits is clearly below 80 % as written and above it with a tweak."""
    ran = autotweak("run", ROOT / "examples" / "digits-cnn", "--sandbox", "process", "--json", "--timeout", "8m")
    assert ran.status == 0, ran.stderr
    report = ran.json
    assert (report["family"], report["kind"], report["environment"]) == ("keras", "cnn", "keras")
    assert report["baseline"]["test"] < 0.7
    assert report["best"]["test"] >= 0.8
    assert report["model"]["alias"] == "champion"
    store = client(home)
    parent = store.get_run(report["search_run_id"])
    children = store.search_runs([parent.info.experiment_id], "tags.`autotweak.role` = 'search'")
    for run in children:
        assert run.data.metrics.keys() >= {"loss", "accuracy", "val_loss", "val_accuracy", "validation_accuracy"}
        steps = store.get_metric_history(run.info.run_id, "val_accuracy")
        assert len(steps) == int(run.data.params["epochs"])
    script = ROOT / "examples" / "digits-cnn" / "train.py"
    plain = f"import keras, runpy; keras.utils.set_random_seed(0); runpy.run_path({str(script)!r}, run_name='__main__')"
    done = subprocess.run([family_python(home, "keras"), "-c", plain], capture_output=True, text=True, check=True)
    assert f"test accuracy: {report['baseline']['test']:.3f}" in done.stdout


def test_tensorflow_is_not_in_the_driver() -> None:
    """The driver's environment has no TensorFlow."""
    done = subprocess.run([sys.executable, "-c", "import tensorflow"], capture_output=True, check=False)
    assert done.returncode != 0


def test_below_the_target_registers_nothing(autotweak: AutoTweak, tmp_path: Path, home: Path) -> None:
    """Random labels end with status 1, an honest score and no model."""
    (tmp_path / "random_labels.py").write_text(
        "import numpy as np\nfrom sklearn.linear_model import LogisticRegression\n"
        "rng = np.random.default_rng(0)\nX, y = rng.normal(size=(400, 5)), rng.integers(0, 2, 400)\n"
        "m = LogisticRegression().fit(X[:300], y[:300])\nprint(m.score(X[300:], y[300:]))\n"
    )
    ran = autotweak("run", tmp_path / "random_labels.py", "--sandbox", "process", "--json", "--max-trials", "8")
    assert ran.status == 1, ran.stderr
    report = ran.json
    assert report["status"] == "not_reached"
    assert report["best"]["test"] < 0.7
    assert report["model"] is None
    assert report["trials"] <= 8
    assert not client(home).search_model_versions("name = 'random_labels'")


def test_git_source_records_its_commit(autotweak: AutoTweak, tmp_path: Path, home: Path) -> None:
    """A bare repository at a tag is trained at that commit, which stands on every run."""
    work = tmp_path / "work"
    shutil.copytree(ROOT / "examples" / "wine-svm", work)
    repository = git.Repo.init(work, initial_branch="main")
    repository.index.add(["train.py"])
    first = repository.index.commit("first").hexsha
    repository.create_tag("v1")
    (work / "train.py").write_text("print('nothing any more')\n")
    repository.index.add(["train.py"])
    repository.index.commit("second")
    bare = repository.clone(tmp_path / "pushed.git", bare=True)
    ran = autotweak("run", f"{bare.git_dir}@v1", "--sandbox", "process", "--json")
    assert ran.status == 0, ran.stderr
    assert ran.json["commit"] == first
    store = client(home)
    run = store.get_run(ran.json["search_run_id"])
    children = store.search_runs([run.info.experiment_id])
    assert {r.data.tags["autotweak.source_commit"] for r in children} == {first}
    assert store.get_model_version_by_alias("pushed", "champion").tags["source_commit"] == first


def test_training_rows_only_are_not_a_test(autotweak: AutoTweak, tmp_path: Path) -> None:
    """A script that evaluates its training data only is measured on rows set aside, and that is said."""
    (tmp_path / "memory.py").write_text(
        "import numpy as np\nfrom sklearn.tree import DecisionTreeClassifier\n"
        "rng = np.random.default_rng(1)\nX, y = rng.normal(size=(300, 4)), rng.integers(0, 2, 300)\n"
        "m = DecisionTreeClassifier().fit(X, y)\nprint('accuracy', m.score(X, y))\n"
    )
    ran = autotweak("run", tmp_path / "memory.py", "--sandbox", "process", "--json", "--max-trials", "5")
    assert ran.status == 1, ran.stderr
    assert ran.json["baseline"]["test"] < 0.7
    assert ran.json["baseline"]["test_rows"] == 75
    assert "set aside" in ran.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (WEAK.replace("X, y = load_wine(return_X_y=True)", "raise RuntimeError('no data today')"), "no data today"),
        (WEAK.replace("load_wine(return_X_y=True)", "np.loadtxt('missing.csv'), 0"), "missing.csv"),
    ],
    ids=["raises", "missing data file"],
)
def test_script_that_raises(autotweak: AutoTweak, tmp_path: Path, text: str, says: str) -> None:
    """A script that fails before it has trained ends with status 2, its own error and the line."""
    (tmp_path / "train.py").write_text(text)
    ran = autotweak("run", tmp_path, "--sandbox", "process", "--json")
    assert ran.status == 2, ran.stderr
    assert "train.py:" in ran.error
    assert says in ran.error
    assert ran.json["status"] == "failed"


def test_killed_trial_is_one_failed_trial(autotweak: AutoTweak, tmp_path: Path) -> None:
    """A tweak that kills the process fails that trial only; the search goes on and reaches the target."""
    (tmp_path / "train.py").write_text(
        "import os, signal\nfrom sklearn.preprocessing import StandardScaler\n"
        + WEAK
        + "\nif getattr(model, 'n_neighbors', 5) == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "print(model.score(b, d))\n"
    )
    (tmp_path / "autotweak.yaml").write_text("target: 1.0\nmax_trials: 8\n")
    ran = autotweak("run", tmp_path, "--sandbox", "process", "--json", "--name", "killed")
    assert ran.json["status"] in ("reached", "not_reached"), ran.stderr
    assert ran.json["failed_trials"] >= 1
    assert "SIGKILL" in ran.stderr


def test_killed_sandbox_is_started_again(home: Path, tmp_path: Path) -> None:
    """SIGKILL of the sandbox's first process in the middle of a trial: it is restarted and the run ends well."""
    (tmp_path / "train.py").write_text(WEAK + "import time; time.sleep(1.5)\nprint(model.score(b, d))\n")
    environment = {**os.environ, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipelines", "run", str(tmp_path), "--sandbox", "process", "--json"]
    command += ["--name", "restarted", "--max-trials", "6"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    deadline = time.monotonic() + 120
    before = {p.name for p in (home / "searches").iterdir()} if (home / "searches").exists() else set()
    journal: Path | None = None
    while time.monotonic() < deadline and journal is None:
        fresh = [p for p in (home / "searches").glob("*") if p.name not in before]
        found = [p / "trials/0000/journal.jsonl" for p in fresh if (p / "trials/0000/journal.jsonl").exists()]
        journal = found[0] if found else None
        time.sleep(0.05)
    assert journal is not None
    spool = journal.parents[2]
    killed = subprocess.run(["pkill", "-KILL", "-f", f"supervisor {spool}"], check=False)
    assert killed.returncode == 0
    stdout, stderr = process.communicate(timeout=200)
    assert process.returncode in (0, 1), stderr
    assert "restart" in stderr
    assert json.loads(stdout)["baseline"]["test"] > 0.5
    attempts = [json.loads(line) for line in journal.read_text().splitlines() if '"started"' in line]
    assert [event["attempt"] for event in attempts] == [1, 2]


def test_interrupt_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    """Ctrl-C ends the driver with 130, the sandbox with it, and the runs are closed."""
    (tmp_path / "train.py").write_text(WEAK + "import time; time.sleep(30)\nprint(model.score(b, d))\n")
    environment = {**os.environ, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipelines", "run", str(tmp_path), "--sandbox", "process", "--name", "interrupted"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        # Whoever runs the tests in the background has the signal ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread here
    )
    store = client(home)
    deadline = time.monotonic() + 120
    running = []
    while time.monotonic() < deadline and not running:
        experiment = store.get_experiment_by_name("interrupted")
        running = (
            store.search_runs([experiment.experiment_id], "tags.`autotweak.role` = 'baseline'") if experiment else []
        )
        time.sleep(0.2)
    assert running
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    states = {run.info.status for run in store.search_runs([store.get_experiment_by_name("interrupted").experiment_id])}
    assert states == {"KILLED"}
    assert subprocess.run(["pgrep", "-f", f"supervisor {home}"], capture_output=True, check=False).returncode == 1
