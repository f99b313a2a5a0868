"""The files to copy: units for systemd, and a service for compose."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from pipelines.cli import app

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))


def unit(name: str) -> dict[str, dict[str, str]]:
    """A unit's sections; of a key that stands there twice the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / name).read_text())
    return {section: dict(parser[section]) for section in parser.sections()}


def test_there_is_a_unit_for_each_service() -> None:
    """One for watch, one for the tracking server, one template for all that is served."""
    assert UNITS == ["autotweak-serve@.service", "autotweak-server.service", "autotweak-watch.service"]


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_a_command_that_there_is(name: str) -> None:
    """It is restarted unless its settings are wrong, keeps its home, and its command line can be parsed."""
    found = unit(name)
    service = found["Service"]
    assert list(found) == ["Unit", "Service", "Install"]
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("always", "2")
    assert service["Environment"].split()[0] == f"AUTOTWEAK_HOME=/var/lib/{service['StateDirectory']}"
    program, command, *arguments = shlex.split(re.sub(r"\$\{PORT\}", "8000", service["ExecStart"]))
    assert program.endswith("/bin/autotweak")
    if command not in app.commands:
        pytest.skip(f"this version has no command {command}")
    known = app.commands[command]
    if isinstance(known, click.Group):
        known, command, arguments = known.commands[arguments[0]], arguments[0], arguments[1:]
    with known.make_context(command, arguments) as context:
        assert isinstance(context, click.Context)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_unit(name: str, tmp_path: Path) -> None:
    """With a program that is there in place of the installed one, it has nothing to say."""
    text = (DEPLOY / name).read_text().replace("/opt/autotweak/.venv/bin/autotweak", sys.executable)
    copy = tmp_path / name.replace("@.", "@wine.")
    copy.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if copy.name in line] == []


def test_the_container_reaches_the_engine_and_shares_the_home() -> None:
    """The home lies at one path on both sides, for the engine mounts parts of it into the sandboxes."""
    (service,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].values()
    home = service["environment"]["AUTOTWEAK_HOME"]
    assert f"{home}:{home}" in service["volumes"]
    assert "/var/run/docker.sock:/var/run/docker.sock" in service["volumes"]
    assert service["command"][0] in app.commands
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).resolve().is_file()


def test_the_image_copies_files_that_there_are() -> None:
    """Each source of a COPY is in the repository, and not left out of what the engine is sent."""
    copied = re.findall(r"^COPY (\S+) ", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert {"pipelines", "mlprojects", "environments"} <= set(copied)
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert all((ROOT / name).exists() and name not in left_out for name in copied)


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not here")
def test_compose_takes_the_file() -> None:
    """It can be read and has one service."""
    command = ["docker-compose", "-f", str(DEPLOY / "compose.yaml"), "config", "--services"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["watch"]
