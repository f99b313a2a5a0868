"""``autotweak server``: run it, look after it, back it up, say who may use it; all of it where the server runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.errors import UsageError
from pipelines.server.accounts import ROLES, Accounts

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from pipelines.server.settings import ServerSettings


@click.group()
def server() -> None:
    """Run and look after the tracking server of a team; settings are AUTOTWEAK_SERVER_... variables."""


@server.command()
@click.option("--prepare", "only_prepare", is_flag=True, help="Make store, schema and first account, and end.")
def run(only_prepare: bool) -> int:
    """Make ready what is missing, and serve until told to end."""
    from pipelines.server.settings import ServerSettings
    from pipelines.server.start import prepare, serve

    settings = ServerSettings.read()
    prepare(settings, _say).dispose()
    if not only_prepare:
        serve(settings)
    return 0


@server.command()
@click.argument("folder", type=click.Path(path_type=Path))
def secrets(folder: Path) -> int:
    """Make the secrets of a stack that are missing in FOLDER, one file each."""
    from pipelines.server.secrets import make_secrets

    for name in make_secrets(folder):
        _say(f"made {name}")
    return 0


@server.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(as_json: bool) -> int:
    """Find what does not fit together; exit status 1 where something does not."""
    from pipelines.server import audit

    settings, engine = _open()
    found = audit.check(audit.gather(settings.uri, settings.files))
    engine.dispose()
    if as_json:
        click.echo(json.dumps({"findings": [vars(finding) for finding in found]}))
    else:
        for finding in found:
            click.echo(f"{finding.kind:22} {finding.what}: {finding.hint}")
        _say(f"{len(found)} findings" if found else "all fits together")
    return 1 if found else 0


@server.command()
@click.option("--older-than", default="30d", show_default=True, help="Age of the runs whose files may go: 12h, 30d.")
@click.option("--remove", is_flag=True, help="Remove them; without it they are only named.")
def gc(older_than: str, remove: bool) -> int:
    """Remove files of trials that did not win, of deleted runs and of no run; never a registered version's."""
    from pipelines.server import audit
    from pipelines.server.backup import exclusive

    older_s = _seconds(older_than)
    settings, engine = _open()
    with exclusive(settings.home):
        names = audit.superfluous(audit.gather(settings.uri, settings.files), older_s)
        for name in names:
            if remove:
                settings.files.remove(name)
            click.echo(name)
    engine.dispose()
    _say(f"{len(names)} files " + ("removed" if remove else "may go: --remove removes them"))
    return 0


@server.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> int:
    """Write database and files to FOLDER, a new one; the server may run meanwhile."""
    from pipelines.server.backup import back_up, exclusive

    settings, engine = _open()
    with exclusive(settings.home):
        manifest = back_up(engine, settings.files, folder)
    engine.dispose()
    _say(f"{folder}: the database and {len(manifest.files)} files; keep it as you keep passwords, accounts are in it")
    return 0


@server.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
def restore(folder: Path) -> int:
    """Fill an empty server from FOLDER; stop the server for it."""
    from pipelines.server.backup import exclusive
    from pipelines.server.backup import restore as fill

    settings, engine = _open()
    with exclusive(settings.home):
        for line in settings.files.prepare():
            _say(line)
        manifest = fill(engine, settings.files, folder)
    engine.dispose()
    _say(f"restored the database and {len(manifest.files)} files, each read back and found as it was written")
    return 0


@server.group()
def user() -> None:
    """Say who may use the server."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), required=True)
@click.option("--experiment", "experiments", multiple=True, help="Only this experiment and model; may be repeated.")
def add_user(name: str, role: str, experiments: tuple[str, ...]) -> int:
    """Make an account for NAME, and print its password."""
    click.echo(_accounts().add(name, role, experiments))
    return 0


@user.command("list")
def list_users() -> int:
    """Everybody, and what they may."""
    for name, rights in _accounts().names():
        click.echo(f"{name:24} {rights}")
    return 0


@user.command("password")
@click.argument("name")
def change_password(name: str) -> int:
    """Give NAME a new password, and print it."""
    click.echo(_accounts().change_password(name))
    return 0


@user.command("remove")
@click.argument("name")
def remove_user(name: str) -> int:
    """Take the account of NAME away."""
    _accounts().remove(name)
    return 0


def _open() -> tuple[ServerSettings, Engine]:
    from pipelines.server import database
    from pipelines.server.settings import ServerSettings

    settings = ServerSettings.read()
    settings.home.mkdir(parents=True, exist_ok=True)
    return settings, database.connect(settings.url, wait_s=5.0)


def _seconds(age: str) -> float:
    unit = {"h": 3600.0, "d": 86400.0}.get(age[-1:], 0.0)
    if not unit or not age[:-1].isdigit():
        raise UsageError(f"{age!r} is no age: 12h and 30d are")
    return float(age[:-1]) * unit


def _accounts() -> Accounts:
    from pipelines.server.settings import ServerSettings

    return Accounts(ServerSettings.read().uri)


def _say(text: str) -> None:
    click.echo(text, err=True)
