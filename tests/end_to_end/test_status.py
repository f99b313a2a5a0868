"""One push to a real service: its mails, its metrics, and what status says while it runs and after it was stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from pipelines.glance import Glances
from tests.end_to_end.conftest import ROOT, AutoTweak
from tests.mail_server import MailServer
from tests.watch.conftest import Remote

SCRIPT = (ROOT / "examples" / "wine-svm" / "train.py").read_text()


def test_an_empty_home(autotweak: AutoTweak, tmp_path: Path) -> None:
    """It is no error; programs get the same keys, people what to do next."""
    home = str(tmp_path / "none")
    found = autotweak("status", "--json", AUTOTWEAK_HOME=home).json
    assert (found["searches"], found["queue"]["waiting"], found["watch"]["running"]) == ([], [], False)
    said = autotweak("status", AUTOTWEAK_HOME=home)
    assert said.status == 0
    assert "autotweak run SOURCE" in said.stdout
    assert not Path(home).exists()


@pytest.mark.slow
def test_a_push_is_seen_everywhere(autotweak: AutoTweak, home: Path, tmp_path: Path, mail_server: MailServer) -> None:
    """The repository's own people hear of the start and of the end; metrics and status agree with it."""
    pushed, path = Remote(tmp_path / "git", "pushed"), tmp_path / "watch.yaml"
    repository = {"url": pushed.url, "name": tmp_path.name, "notify": [mail_server.url("theirs@example.org")]}
    config = {"repositories": [repository], "sandbox": "process", "port": 0, "poll": "1s", "notify_started": True}
    path.write_text(yaml.safe_dump(config))
    commit = pushed.push(SCRIPT)
    environment = {**os.environ, "AUTOTWEAK_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipelines", "watch", str(path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT) as service:
        try:
            deadline = time.monotonic() + 300
            while not any(one.commit == commit and one.status for one in Glances(home).all()):
                assert time.monotonic() < deadline
                time.sleep(0.2)
            found = autotweak("status", "--json").json
            with urllib.request.urlopen(f"{found['watch']['address']}/metrics", timeout=30) as answer:
                metrics = answer.read().decode()
        finally:
            service.send_signal(signal.SIGTERM)
    assert service.returncode == 0
    (search,) = [one for one in found["searches"] if one["commit"] == commit]
    assert (search["state"], search["status"], search["branch"]) == ("ended", "reached", "main")
    assert search["trials"] >= 2
    assert found["monitor"]["running"]
    assert found["queue"]["problem"] == ""
    assert f'autotweak_home_searches{{state="reached"}} {float(found["counts"]["reached"])}' in metrics
    assert "autotweak_tracking_server_up 1.0" in metrics
    started, reached = mail_server.mails
    assert [to for _, to in mail_server.envelopes] == [["theirs@example.org"]] * 2
    assert started["Subject"] == f"[autotweak] {tmp_path.name}: training started"
    assert "target reached" in reached["Subject"]
    assert commit[:12] in started.get_body(("plain",)).get_content()
    assert started["References"] == reached["References"]
    after = autotweak("status")
    assert after.status == 0
    assert "watch        not running" in after.stdout
    assert json.loads(autotweak("status", "--json").stdout)["watch"]["running"] is False
