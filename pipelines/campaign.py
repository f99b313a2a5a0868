"""``autotweak run`` from the source to its report. What needs no training is said before MLflow is loaded."""

from __future__ import annotations

import sys
import time

from pipelines.environments import Environment
from pipelines.errors import AutotweakError
from pipelines.examining import examine, require_arguments, require_trainable
from pipelines.notify.announce import addressed, announce
from pipelines.notify.collect import Notice
from pipelines.options import RunOptions, resolve
from pipelines.report import Report
from pipelines.requirements import extra_requirements
from pipelines.settings import MachineSettings, read_source_settings
from pipelines.source import fetch
from pipelines.spool import Spool, search_identifier, spool_folder
from pipelines.story import Story
from pipelines.task import Task


def run(options: RunOptions, machine: MachineSettings, story: Story, report: Report) -> None:
    """Run one search and fill ``report``.

    Raises:
        AutotweakError: what it says; ``report`` holds what was known by then.
    """
    began = time.monotonic()
    search_id = search_identifier()
    channels = addressed(machine)
    spool = Spool(spool_folder(machine.home, search_id))
    notice = Notice(search_id, options.source)
    story.headline(options.source)
    try:
        _run(options, machine, story, report, spool, notice)
    except AutotweakError as error:
        report.status = error.status
        report.facts["reason"] = str(error)
        raise
    finally:
        story.end()
        report.facts["seconds"] = round(time.monotonic() - began, 3)
        announce(channels, machine, notice, report, sys.exc_info()[1], story.warn)


def _run(
    options: RunOptions, machine: MachineSettings, story: Story, report: Report, spool: Spool, notice: Notice
) -> None:
    source = fetch(options.source, spool.paths.source, machine.home / "git", options.ref, options.target_column)
    notice.source = source
    settings = read_source_settings(spool.paths.source, options.settings)
    plan = resolve(options, settings, source.name)
    notice.plan = plan
    at = f" at {source.commit[:12]}" if source.commit else ""
    story.step("pull", f"{source.given}{at}")
    verdict = examine(source, spool.paths.source, settings)
    report.facts |= verdict.to_json()
    report.facts |= {"source": source.given, "commit": source.commit}
    story.verdict(verdict)
    require_trainable(verdict)
    require_arguments(spool.paths.source, verdict, source.argv or settings.argv)
    pins = Environment(str(verdict.environment)).pins()
    extras = extra_requirements(spool.paths.source, str(verdict.entry), pins)
    task = Task(source, settings, plan, verdict, extras)
    from pipelines.searching import search_source  # slow to import, and most mistakes are known by now

    search_source(task, options, machine, story, report, spool, notice)
