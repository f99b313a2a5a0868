"""The commands ``serve``, ``promote`` and ``rollback``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from pipelines.errors import AutotweakError
from pipelines.settings import MachineSettings

if TYPE_CHECKING:
    from pipelines.serving.registry import Moved, Registry

aliased = click.option("--alias", default="champion", show_default=True, help="Alias of the version in use.")
as_object = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@click.argument("name")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: a free one.")
@click.option("--sandbox", default="auto", show_default=True, help="auto, docker or process.")
@click.option("--wait", is_flag=True, help="Where nothing is registered as NAME yet, wait until it is.")
@aliased
def serve(**options: Any) -> int:
    """Serve the registered model NAME: the version that the alias names, swapped without a failed request."""
    from pipelines.serving.run import ServeOptions
    from pipelines.serving.run import serve as run

    return run(ServeOptions(**options), MachineSettings())


@click.command()
@click.argument("name")
@click.argument("version", required=False)
@aliased
@as_object
def promote(name: str, version: str | None, alias: str, as_json: bool) -> int:
    """Give the alias of NAME to VERSION, by default the newest one that reached its target."""
    return _move(lambda registry: registry.promote(name, version, alias), as_json)


@click.command()
@click.argument("name")
@aliased
@as_object
def rollback(name: str, alias: str, as_json: bool) -> int:
    """Give the alias of NAME back to the version that had it before."""
    return _move(lambda registry: registry.rollback(name, alias), as_json)


def _move(act: Callable[[Registry], Moved], as_json: bool) -> int:
    from pipelines.serving.registry import Registry

    try:
        moved = act(Registry(MachineSettings().home))
    except AutotweakError as error:
        if as_json:
            click.echo(json.dumps({"name": None, "alias": None, "version": None, "before": None, "reason": str(error)}))
        raise
    if as_json:
        click.echo(json.dumps(asdict(moved) | {"reason": ""}))
    else:
        before = f", before version {moved.before}" if moved.before and moved.before != moved.version else ""
        click.echo(f"{moved.name} version {moved.version} has the alias {moved.alias}{before}")
    return 0


COMMANDS = (serve, promote, rollback)
