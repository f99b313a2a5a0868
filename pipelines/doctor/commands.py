"""The command ``doctor``."""

from __future__ import annotations

import json

import click

from pipelines.settings import MachineSettings

STYLES = {"ok": "green", "warning": "yellow", "missing": "bold red"}


@click.command()
@click.option("--send-test", is_flag=True, help="Send a test message to everybody in AUTOTWEAK_NOTIFY.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(send_test: bool, as_json: bool) -> int:
    """Say what is missing on this machine, and how to get it; exit status 3 where something needed is."""
    from rich.console import Console

    from pipelines.doctor.checks import checks, examine
    from pipelines.doctor.findings import exit_status, to_json
    from pipelines.story import escape

    found = examine(checks(send_test), MachineSettings())
    if as_json:
        click.echo(json.dumps(to_json(found), ensure_ascii=False))
        return exit_status(found)
    console = Console(highlight=False, soft_wrap=True)
    for finding in found:
        style = STYLES[finding.level]
        console.print(f"[{style}]{finding.level:<8}[/] {escape(f'{finding.check:<20} {finding.said}')}")
        if finding.remedy:
            console.print(f"[dim]{'':<29} {escape(finding.remedy)}[/]")
    needed = sum(finding.level == "missing" for finding in found)
    console.print(
        f"{needed} needed {'is' if needed == 1 else 'are'} missing" if needed else "nothing needed is missing"
    )
    return exit_status(found)
