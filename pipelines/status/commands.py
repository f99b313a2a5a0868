"""The command ``status``."""

from __future__ import annotations

import json
import time

import click

from pipelines.errors import UsageError
from pipelines.settings import MachineSettings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> int:
    """Say what is queued, running, finished, restarted and served, and since when."""
    from rich.console import Console

    from pipelines.status.overview import gather
    from pipelines.status.queue import read_queue
    from pipelines.status.show import show

    home = MachineSettings().home
    try:
        overview = gather(home, read_queue(home), time.time())
    except PermissionError as error:
        raise UsageError(f"{error.filename} cannot be read: ask as the user whose services run from {home}") from error
    if as_json:
        click.echo(json.dumps(overview.to_json(), ensure_ascii=False))
    else:
        show(overview, Console(highlight=False, soft_wrap=True))
    return 0
