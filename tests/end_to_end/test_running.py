"""How scripts are run, through the command line: a notebook, the data cache, figures, arguments, the network."""

from __future__ import annotations

import http.server
import json
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from tests.end_to_end.conftest import AutoTweak

WINE = """
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
df = pd.read_csv({place!r})
a, b, c, d = train_test_split(df.drop(columns="target"), df["target"], test_size=0.3, random_state=1)
clf = SVC().fit(a, c)
print(clf.score(b, d))
"""


def wine(folder: Path) -> Path:
    """The wine data as a table in a file."""
    from sklearn.datasets import load_wine

    folder.mkdir(parents=True, exist_ok=True)
    load_wine(as_frame=True).frame.to_csv(folder / "wine.csv", index=False)
    return folder / "wine.csv"


@pytest.mark.slow
def test_a_notebook_reaches_the_target(autotweak: AutoTweak, home: Path, tmp_path: Path) -> None:
    """A notebook below the root, with magics, figures and a last cell that fails, is tuned; its figures are kept."""
    wine(tmp_path / "data")
    cells = [
        "%matplotlib inline\n!pip install pandas\nimport matplotlib.pyplot as plt",
        "%%time" + WINE.format(place="data/wine.csv") + "display(df.head())\nplt.hist(df.target)\nplt.show()",
        "raise RuntimeError('mail server not found')",
    ]
    found = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "Wein prüfen.ipynb").write_text(json.dumps({"cells": found, "metadata": {}}))
    ran = autotweak("run", tmp_path, "--sandbox", "process", "--json", "--name", "notebook")
    assert ran.status == 0, ran.stderr
    assert (ran.json["entry"], ran.json["cwd"]) == ("notebooks/Wein prüfen.ipynb", ".")
    assert ran.json["baseline"]["test"] < 0.8 <= ran.json["best"]["test"]
    failure = "notebooks/Wein prüfen.ipynb:18 (cell 3, line 1): RuntimeError: mail server not found"
    assert ran.json["baseline"]["script_error"] == ran.json["best"]["script_error"] == failure
    assert ran.stderr.count(failure) == ran.json["trials"]
    store = MlflowClient(tracking_uri=f"sqlite:///{home}/mlflow.db")
    runs = store.search_runs([store.get_experiment_by_name("notebook").experiment_id])
    for run in runs:
        kept = run.data.tags["autotweak.role"] in ("baseline", "confirm")
        assert [item.path for item in store.list_artifacts(run.info.run_id, "plots")] == (
            ["plots/shown-01.png"] if kept else []
        )


@pytest.mark.slow
@pytest.mark.docker
def test_data_from_the_cache_in_a_container(autotweak: AutoTweak, docker_engine: Any, tmp_path: Path) -> None:
    """What a script downloads is named; once it is added the container has it, and cannot write to it."""
    assert docker_engine.ping()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=wine(tmp_path / "web").parent)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/wine.csv"
    (tmp_path / "train.py").write_text(
        WINE.format(place=url) + "import os\nassert not os.access('/spool/data', os.W_OK)\n"
    )
    command = ("run", tmp_path / "train.py", "--sandbox", "docker", "--json", "--max-trials", "1")
    ran = autotweak(*command)
    assert ran.status == 2
    assert f"autotweak data add {url}" in ran.error
    assert autotweak("data", "add", url).status == 0
    server.shutdown()
    server.server_close()
    assert url in autotweak("data", "list").stdout
    ran = autotweak(*command)
    assert ran.status == 1, ran.stderr
    assert ran.json["baseline"]["script_error"] is None


@pytest.mark.slow
@pytest.mark.docker
def test_the_network_by_the_owners_leave(autotweak: AutoTweak, docker_engine: Any, tmp_path: Path) -> None:
    """A source that asks for the network does not get it, and is told how it would."""
    assert docker_engine.ping()
    (tmp_path / "autotweak.yaml").write_text("network: allow\n")
    script = "import os\nprint('INTERFACES', sorted(os.listdir('/sys/class/net')))\n"
    (tmp_path / "train.py").write_text(script + "import sys\nsys.exit(str(os.listdir('/sys/class/net')))\n" + FIT)
    command = ("run", tmp_path, "--sandbox", "docker", "--json")
    ran = autotweak(*command)
    assert "AUTOTWEAK_NETWORK_ALLOW" in ran.stderr
    assert "eth0" not in ran.error
    assert "eth0" in autotweak(*command, "--network").error
    assert "eth0" in autotweak(*command, AUTOTWEAK_NETWORK_ALLOW="1").error


FIT = "from sklearn.svm import SVC\nSVC().fit([[0.0], [1.0]] * 20, [0, 1] * 20)\n"


def test_required_arguments_are_named_before_anything_is_made(autotweak: AutoTweak, tmp_path: Path) -> None:
    """One line names them and where to give them; no environment is made for it."""
    text = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--data', required=True)\np.parse_args()\n"
    (tmp_path / "train.py").write_text(text + FIT)
    ran = autotweak("run", tmp_path, "--json", AUTOTWEAK_HOME=str(tmp_path / "home"))
    assert ran.status == 2
    assert "requires the arguments --data" in ran.error
    assert "autotweak.yaml" in ran.error
    assert not (tmp_path / "home" / "environments").exists()
