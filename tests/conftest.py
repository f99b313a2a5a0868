"""What the tests share: folders of small scripts, spools, and trials run as a sandbox runs them."""

import contextlib
import io
import multiprocessing
import os
import random
import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlprojects.contract import journal
from mlprojects.contract.layout import SpoolPaths, TrialPaths, write_atomic
from mlprojects.contract.trial import TrialSpec

collect_ignore = ["corpus"]  # scripts, not tests
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")
PRELOAD = ["mlprojects.sandbox.runner", "mlprojects.sklearn.preload"]


@dataclass(frozen=True)
class Ran:
    """A trial that has ended: its journal, what it sealed, what it printed."""

    paths: TrialPaths

    @property
    def events(self) -> list[dict[str, Any]]:
        """The journal."""
        return journal.parse(self.paths.journal.read_bytes())[0]

    @property
    def sealed(self) -> list[dict[str, Any]]:
        """The sealed test scores."""
        return journal.parse(self.paths.sealed.read_bytes())[0] if self.paths.sealed.exists() else []

    @property
    def output(self) -> str:
        """What the script printed."""
        return self.paths.output.read_text(encoding="utf-8")

    @property
    def kinds(self) -> list[str]:
        """The kinds of the events, in their order."""
        return [event["event"] for event in self.events]

    def of(self, kind: str, /, **fields: Any) -> list[dict[str, Any]]:
        """The events of one kind whose fields are as given."""
        found = [event for event in self.events if event["event"] == kind]
        return [event for event in found if all(event.get(name) == value for name, value in fields.items())]


def write_files(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files by their relative paths below ``root``."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


@pytest.fixture
def make_files():
    """Give the function that writes files below a folder."""
    return write_files


@pytest.fixture
def make_spool(tmp_path):
    """Give a function that makes a spool with one script as its source and writes specifications of trials."""

    def make(script: str | dict[str, str | bytes], *specs: dict[str, Any]) -> SpoolPaths:
        made = len(list(tmp_path.glob("spool*/trials")))
        spool = SpoolPaths(tmp_path / f"spool{made or ''}")
        write_files(spool.source, script if isinstance(script, dict) else {"train.py": script})
        spool.trials.mkdir()
        for fields in specs:
            given = {"trial": 0, "role": "baseline", "family": "sklearn", "entry": "train.py", **fields}
            paths = spool.trial(given["trial"])
            paths.root.mkdir()
            write_atomic(paths.spec, TrialSpec(**given).to_json())
        return spool

    return make


@pytest.fixture
def run_script(make_spool):
    """Give a function that runs a script as one trial, in a process forked from a server with scikit-learn in it."""
    from mlprojects.sandbox.runner import run_trial

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)

    def run(script: str | dict[str, str | bytes], **spec: Any) -> Ran:
        spool = make_spool(script, spec)
        process = context.Process(target=run_trial, args=(str(spool.root), 0))
        process.start()
        process.join(60)
        assert process.exitcode == 0
        return Ran(spool.trial(0))

    return run


@pytest.fixture
def run_plain(tmp_path):
    """Give a function that runs a script without autotweak, with the seeds set as it sets them; its output."""

    def run(script: str) -> str:
        import numpy as np

        path, output = tmp_path / "plain.py", io.StringIO()
        path.write_text(script)
        random.seed(0)
        np.random.seed(0)
        with contextlib.redirect_stdout(output):
            runpy.run_path(str(path), run_name="__main__")
        return output.getvalue()

    return run


@pytest.fixture
def ran():
    """Give the reader of a trial's folder."""
    return Ran


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Give a certificate authority with a certificate of localhost."""
    from tests.mail_server import Authority

    return Authority.made(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def mail_server(authority, monkeypatch):
    """Give a running SMTP server whose certificate authority is trusted."""
    from tests.mail_server import MailServer

    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    server = MailServer(authority).start()
    yield server
    server.stop()
