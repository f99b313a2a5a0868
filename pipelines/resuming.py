"""The commands ``resume`` and ``monitor``: searches whose driver has left go on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pipelines.errors import AutotweakError, UsageError
from pipelines.report import Report, reported
from pipelines.settings import MachineSettings

if TYPE_CHECKING:  # only named: what the commands need is loaded when one of them runs
    from pipelines.searches import SearchFolder


@click.command()
@click.argument("search", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output, last.")
def resume(search: str | None, as_json: bool) -> int:
    """Go on with SEARCH (or the search of a run) where its driver left it; without SEARCH with each interrupted one."""
    from pipelines.searches import folders

    machine = MachineSettings()
    if search is not None:
        report = Report()
        with reported(report, as_json):
            _resume(_named(machine, search), machine, report, as_json)
        return 0 if report.status == "reached" else 1
    reports, status = [], 0
    for folder in folders(machine.home):
        if folder.state() in ("interrupted", "stopped"):
            report = Report()
            try:
                _resume(folder, machine, report, as_json)
                status = max(status, 0 if report.status == "reached" else 1)
            except AutotweakError as error:  # the others are resumed all the same
                click.echo(f"autotweak: {folder.search}: {error}", err=True)
                report.facts["reason"] = str(error)
                status = max(status, error.exit_status)
            reports.append(report)
    if not reports:
        click.echo("no search was interrupted", err=True)
    if as_json:
        found: list[dict[str, Any]] = [report.to_json() for report in reports]
        click.echo(json.dumps({"searches": found}, ensure_ascii=False))
    return status


@click.command()
@click.option("--once", is_flag=True, help="Look once, do what is due, and end: for cron.")
def monitor(once: bool) -> int:
    """Resume searches whose driver died, and remove containers that nobody needs; autotweak watch does so, too."""
    from pipelines.monitor.run import monitor as run_monitor

    return run_monitor(MachineSettings(), once)


def _resume(folder: SearchFolder, machine: MachineSettings, report: Report, as_json: bool) -> None:
    from pipelines.campaign import resume as resume_search
    from pipelines.story import Story

    resume_search(folder, machine, Story(stderr=as_json), report)


def _named(machine: MachineSettings, name: str) -> SearchFolder:
    from pipelines.searches import find

    folder = find(machine.home, name)
    if folder is None:
        from pipelines.tracking.tracker import Tracker  # a run that the search opened itself says which search it is

        searched = Tracker(machine.home).search_of(name)
        folder = find(machine.home, searched) if searched else None
    if folder is None:
        raise UsageError(f"no search or run {name} is known in {machine.home / 'searches'}")
    return folder
