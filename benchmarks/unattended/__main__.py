"""The loop of a push for real, killed in every place: ``python -m benchmarks.unattended`` writes docs/unattended.md."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.unattended.git_server import ROOT
from benchmarks.unattended.kept import Unmet
from benchmarks.unattended.stage import Stage, stage
from benchmarks.unattended.story import ACTS, Fact
from pipelines.environments import Environment as Trained
from pipelines.sandbox.docker import engine

PAGE = ROOT / "docs" / "unattended.md"


def main() -> int:
    """Play all acts; 1 where something was not as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox", choices=("docker", "process"), default="docker" if engine() else "process")
    parser.add_argument("--page", type=Path, default=PAGE)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="unattended-", ignore_cleanup_errors=True) as folder:
        try:
            with stage(Path(folder), given.sandbox) as running:
                played = [(title, _told(title, act(running))) for title, act in ACTS]
                versions = _versions(running)
        except Unmet as unmet:
            sys.stderr.write(f"unattended: {unmet}\n")
            return 1
    given.page.write_text(_page(given.sandbox, versions, played), encoding="utf-8")
    sys.stderr.write(f"{given.page} written\n")
    return 0


def _told(title: str, facts: Iterator[Fact]) -> list[Fact]:
    """The facts of one act, each said when it is known."""
    sys.stdout.write(f"\n{title}\n")
    told = []
    for what, value in facts:
        sys.stdout.write(f"  {what:<80} {value}\n")
        sys.stdout.flush()
        told.append((what, value))
    return told


def _versions(running: Stage) -> str:
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S607
    docker = f"Docker Engine {running.engine.version()['Version']}" if running.sandbox == "docker" else ""
    found = [
        f"{os.cpu_count()} cores",
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("mlflow", "aiosmtpd")),
    ]
    return ", ".join([*found, git.strip(), f"keras {Trained('keras').pins()['keras']}", *filter(None, [docker])])


def _page(sandbox: str, versions: str, played: list[tuple[str, list[Fact]]]) -> str:
    environment = Environment(  # noqa: S701 - a page in Markdown
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("page.md.j2").render(sandbox=sandbox, versions=versions, acts=played)


if __name__ == "__main__":
    sys.exit(main())
