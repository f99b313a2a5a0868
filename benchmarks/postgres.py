"""A PostgreSQL of one's own for as long as a measurement lasts, from the distribution's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWNER = "postgres"
"""Whom the distribution's packages make: PostgreSQL does not run as root."""


def programs() -> Path | None:
    """The folder of the newest version's programs; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


@contextmanager
def postgres() -> Iterator[str]:
    """Start one with its own settings, reached over a socket; the address of its database.

    Raises:
        FileNotFoundError: its packages are not installed.
        subprocess.CalledProcessError: it does not start.
    """
    bin_folder = programs()
    if bin_folder is None:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql, or give --database")
    owner = OWNER if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="load-postgres-"))
    if owner:
        shutil.chown(folder, owner)

    def run(program: str, *arguments: str) -> None:
        command = [str(bin_folder / program), *arguments]
        subprocess.run(command, check=True, user=owner, stdout=subprocess.DEVNULL, cwd=folder)

    data, log = str(folder / "data"), str(folder / "log")
    try:
        run("initdb", "--auth=trust", "--username=tracking", "--encoding=UTF8", "--pgdata", data)
        only_here = f"-c listen_addresses= -c unix_socket_directories={folder}"
        run("pg_ctl", "--wait", "--pgdata", data, "--log", log, "--options", only_here, "start")
        try:
            run("createdb", "--host", str(folder), "--username", "tracking", "tracking")
            yield f"postgresql+psycopg2://tracking@/tracking?host={folder}"
        finally:
            run("pg_ctl", "--wait", "--pgdata", data, "--mode", "fast", "stop")
    finally:
        shutil.rmtree(folder)
