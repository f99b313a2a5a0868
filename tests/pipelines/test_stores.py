"""The store that a tracker writes to: its address, its tables, and who writes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.tracking.comparing import site_of
from pipelines.tracking.inputs import user_name

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("uri", "site"),
    [
        ("http://host:5000", "http://host:5000"),
        ("https://me:secret@host/mlflow/", "https://host/mlflow"),
        ("sqlite:////home/me/mlflow.db", ""),
        ("/home/me/mlruns", ""),
        ("databricks", ""),
    ],
)
def test_the_address_of_the_ui(uri, site):
    """Only a server has one, and no password stands in it."""
    assert site_of(uri) == site


def test_a_user_without_a_name_has_a_number(monkeypatch):
    """In a container under any user there is neither a variable nor an entry for it."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 987_654_321)
    assert user_name() == "987654321"


@pytest.mark.slow
def test_two_first_runs_in_a_home_do_not_both_make_the_tables(tmp_path):
    """Processes that open a new home at the same moment all get their store."""
    code = f"from pathlib import Path; from pipelines.tracking.tracker import Tracker; Tracker(Path({str(tmp_path)!r}))"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
    command = [sys.executable, "-c", code]
    started = [
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT) for _ in range(3)
    ]
    errors = [process.communicate(timeout=300)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], errors
