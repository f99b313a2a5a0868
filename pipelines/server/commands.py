"""``autotweak server``: run it, look after it, back it up, say who may use it; all of it where the server runs."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.server.accounts import ROLES, Accounts


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


def _accounts() -> Accounts:
    from pipelines.server.settings import ServerSettings

    return Accounts(ServerSettings.read().uri)


def _say(text: str) -> None:
    click.echo(text, err=True)
