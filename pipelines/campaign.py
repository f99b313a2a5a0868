"""``autotweak run`` and ``resume``, from the source to the report. What needs no training comes before MLflow."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.environments import Environment
from pipelines.errors import AutotweakError, PlatformError, UsageError, without_password
from pipelines.examining import examine, require_arguments, require_trainable
from pipelines.notify.announce import addressed, announce, announce_start
from pipelines.notify.collect import Notice
from pipelines.options import RunOptions, resolve
from pipelines.preparing import prepare_sandbox
from pipelines.report import Report
from pipelines.search.log import Closed, How, SearchLog
from pipelines.searches import Asked, SearchFolder
from pipelines.settings import MachineSettings, read_source_settings
from pipelines.sources.requirements import extra_requirements
from pipelines.sources.source import fetch
from pipelines.spool import Spool, search_identifier, spool_folder
from pipelines.story import Story
from pipelines.task import Task

if TYPE_CHECKING:
    from pipelines.warm import Warm


def run(options: RunOptions, machine: MachineSettings, story: Story, report: Report, warm: Warm | None = None) -> None:
    """Run one search and fill ``report``; ``warm`` is what a standby has ready, its folder's lock held.

    Raises:
        AutotweakError: what it says; ``report`` holds what was known by then.
    """
    folder = warm.folder if warm else SearchFolder(spool_folder(machine.home, search_identifier()))
    with contextlib.nullcontext() if warm else folder.driving():
        run_id = os.environ.get("MLFLOW_RUN_ID", "")
        here = os.getcwd()  # noqa: PTH109 - as text
        asked = Asked(search=folder.search, options=options, folder=here, run_id=run_id, notify=machine.notify)
        folder.write(asked)
        _drive(folder, asked, machine, story, report, warm)


def resume(folder: SearchFolder, machine: MachineSettings, story: Story, report: Report) -> None:
    """Go on with a search whose driver has left, and fill ``report`` as if none ever had.

    Raises:
        UsageError: it has ended, or another driver works on it.
        AutotweakError: what it says; ``report`` holds what was known by then.
    """
    with folder.driving():
        if folder.left() == "ended":
            raise UsageError(f"search {folder.search} has ended; start another one with autotweak run")
        _drive(folder, folder.asked(), machine, story, report)


def _drive(
    folder: SearchFolder,
    asked: Asked,
    machine: MachineSettings,
    story: Story,
    report: Report,
    warm: Warm | None = None,
) -> None:
    began = time.monotonic()
    machine = asked.told(machine)
    spool = warm.spool if warm else Spool(folder.root)
    log = SearchLog.open(folder.log)
    began -= log.spent_s
    log.drive()
    notice = Notice(asked.search, asked.options.source)
    report.facts["search"] = asked.search
    channels = []
    story.headline(without_password(asked.options.source))
    try:
        channels = addressed(machine)
        task = _task(folder, spool, asked, story, report, notice, machine)
        try:
            box = prepare_sandbox(task, asked, machine, story, spool, log, warm)
        except AutotweakError as error:
            if error.log:
                from pipelines.conduct import tell_no_environment

                report.facts["search_run_id"] = tell_no_environment(machine, task, asked, log, error)
            raise
        with contextlib.ExitStack() as stack:
            stack.callback(box.stop)
            from pipelines.conduct import search_source  # slow to import, and most mistakes are known by now

            def started() -> None:
                announce_start(channels, machine, notice, report)

            search_source(task, asked, machine, story, report, spool, notice, log, started, box)
    except AutotweakError as error:
        report.status = error.status
        report.facts["reason"] = str(error)
        raise
    finally:
        end = sys.exc_info()[1]
        story.end()
        report.facts["seconds"] = round(time.monotonic() - began, 3)
        report.facts["restarts"] = notice.restarts
        announce(channels, machine, notice, report, end, story.warn)
        how = _how(end)
        if how is not None:
            with contextlib.suppress(PlatformError):
                log.append(Closed, how=how, reason=str(end or ""), status=report.status)
        if how == "ended":
            spool.shed()


def _how(error: BaseException | None) -> How | None:
    """How a driver leaves its search; None where it is told to end, with the machine as a rule: another goes on."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if error is None or (isinstance(error, AutotweakError) and not isinstance(error, PlatformError)):
        return "ended"
    return "failed" if isinstance(error, Exception) else None


def _task(
    folder: SearchFolder,
    spool: Spool,
    asked: Asked,
    story: Story,
    report: Report,
    notice: Notice,
    machine: MachineSettings,
) -> Task:
    """Fetch and read the source, where no earlier driver has done that."""
    options, task = asked.options, asked.task
    if task is None:
        spool.empty_source()
        with contextlib.chdir(asked.folder):
            source = fetch(options.source, spool.paths.source, machine.home / "git", options.ref, options.target_column)
            notice.source = source
            settings = read_source_settings(spool.paths.source, options.settings)
        plan = resolve(options, settings, source.name)
        notice.plan = plan
        task = Task(source, settings, plan, examine(source, spool.paths.source, settings))
    source, verdict = task.source, task.verdict
    notice.source, notice.plan = source, task.plan
    at = f" at {source.commit[:12]}" if source.commit else ""
    story.step("pull", f"{source.given}{at}")
    report.facts |= verdict.to_json()
    report.facts |= {"source": source.given, "commit": source.commit}
    story.verdict(verdict)
    require_trainable(verdict)
    require_arguments(spool.paths.source, verdict, source.argv or task.settings.argv)
    if asked.task is None:
        pins = Environment(str(verdict.environment)).pins()
        task = replace(task, extras=extra_requirements(spool.paths.source, str(verdict.entry), pins))
        folder.write(asked.model_copy(update={"task": task}))
    return task
