"""Checks on this machine: real probes, and checks that take too long or fail."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipelines.doctor import containers, probes
from pipelines.doctor.checks import Check, examine
from pipelines.doctor.facts import EngineAbsent
from pipelines.doctor.findings import missing, ok, warning
from pipelines.doctor.verdicts import sandbox as judge_sandbox
from pipelines.presence import WATCH, present
from pipelines.sandbox.docker import engine
from pipelines.settings import MachineSettings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Settings with a home of their own, and no tracking server."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return MachineSettings(home=tmp_path, notify="")


def test_a_check_that_hangs_or_fails_holds_no_other_up(machine):
    """It is a warning, or missing where autotweak does not work without; the others are as they are."""
    never = threading.Event()

    def fail(_):
        raise ZeroDivisionError("by zero")

    found = examine(
        (
            Check("hangs", lambda _: never.wait(), lambda fact: [], limit_s=0.1),
            Check("hangs too", lambda _: never.wait(), lambda fact: [], limit_s=0.1, needed=True),
            Check("fails", fail, lambda fact: []),
            Check("works", lambda _: 1, lambda fact: [ok("works", str(fact))]),
        ),
        machine,
    )
    never.set()
    assert found == [
        warning("hangs", "no answer within 0.1 s"),
        missing("hangs too", "no answer within 0.1 s"),
        warning("fails", "cannot be told: ZeroDivisionError: by zero"),
        ok("works", "1"),
    ]


def test_a_home_that_can_be_used_and_one_that_cannot(tmp_path):
    """One that is not there yet is looked at where it would be made; nothing is left behind."""
    fact = probes.home(MachineSettings(home=tmp_path / "new" / "home"))
    assert (fact.refused, fact.unlocked) == ("", "")
    assert fact.free_gib > 0
    assert list(tmp_path.iterdir()) == []
    assert probes.home(MachineSettings(home=Path("/proc/autotweak"))).refused


def test_a_server_that_is_down_is_found_out_before_mlflow_is_loaded(machine, monkeypatch):
    """One line, with the address."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    fact = probes.tracking(machine)
    assert fact.problem == "the tracking server at http://127.0.0.1:9: Connection refused"


def test_a_mail_server_is_signed_in_at_and_nothing_is_sent(machine, mail_server):
    """A wrong password is said without it; a test message goes out only where it is asked for."""

    def asked(url, send_test=False):
        (fact,) = probes.notify(machine.model_copy(update={"notify": url}), send_test).channels
        return fact

    good = asked(mail_server.url())
    assert (good.asked, good.sent, good.problem) == (True, False, "")
    assert mail_server.sign_ins == ["robot"]
    assert mail_server.mails == []
    wrong = asked(mail_server.url(password="hunter22"))
    assert "535" in wrong.problem
    assert "hunter22" not in wrong.problem
    assert asked(mail_server.url(), send_test=True).sent
    (mail,) = mail_server.mails
    assert mail["Subject"] == "[autotweak] test message"
    nobody = "mailtos://me:pw@localhost:9?from=me@example.org&to=a@example.org"
    assert "refused" in asked(nobody).problem


def test_a_port_is_free_taken_or_ours(machine):
    """Only a service that lives counts as ours: what a dead one has said is no reason."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        probe.listen()
        port = probe.getsockname()[1]
        assert not probes.is_free(port)
        served = machine.home / "serving" / "wine"
        served.mkdir(parents=True)
        (served / "state.json").write_text(json.dumps({"address": f"http://127.0.0.1:{port}"}))
        assert port not in probes.ports_of(machine.home)
        with present(served / "service.lock", "taken"), present(machine.home / WATCH, "taken") as note:
            note(address="http://127.0.0.1:8642")
            assert probes.ports_of(machine.home) == {port, 8642}
    assert probes.is_free(port)


def test_an_engine_that_is_not_there(machine, monkeypatch):
    """Neither the engine's check nor those that build on it fail."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    assert containers.engine(machine) == EngineAbsent("none listens")
    assert containers.sandbox(machine).skipped
    assert {fact.image for fact in containers.environments(machine)} == {None}


@pytest.mark.docker
def test_a_container_is_bounded_on_this_engine(machine):
    """What the check starts is seen to be without network, and limited."""
    if engine() is None:
        pytest.skip("no Docker engine answers")
    (finding,) = judge_sandbox(containers.sandbox(machine))
    assert finding.level == "ok" or finding.said.startswith("not tried: no image")


def test_each_environment_says_what_it_is_built_from(machine):
    """The Dockerfile's own base image."""
    assert {containers.base_of(one) for one in map(containers.Environment, containers.FAMILY_OF)} == {
        "python:3.11-slim-bookworm"
    }


def test_a_machine_without_git_and_engine(tmp_path):
    """The command works there, names what is missing, and ends with status 3."""
    environment = {**os.environ, "AUTOTWEAK_HOME": str(tmp_path), "PATH": "/nonexistent", "AUTOTWEAK_NOTIFY": ""}
    environment |= {"DOCKER_HOST": "tcp://127.0.0.1:9", "MLFLOW_TRACKING_URI": ""}
    command = [sys.executable, "-m", "pipelines", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    assert done.returncode == 3
    said = json.loads(done.stdout)
    assert [check["check"] for check in said["checks"] if check["level"] == "missing"] == ["git"]
    assert (said["healthy"], said["missing"]) == (False, 1)
    fetched = subprocess.run(
        [sys.executable, "-m", "pipelines", "inspect", "https://example.org/a.git"],
        capture_output=True, text=True, check=False, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert fetched.returncode == 3
    assert fetched.stderr.count("\n") == 1
    assert "internal error" not in fetched.stderr
