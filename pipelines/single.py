"""``autotweak trial``: one trial by itself, to reproduce one of a search or to turn knobs by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mlprojects.contract.metrics import DEFAULT_TARGET
from mlprojects.contract.trial import Role, TrialSpec, Tweak
from pipelines import sandbox as sandboxes
from pipelines.environments import Environment
from pipelines.errors import PlatformError, SourceError, TrialError
from pipelines.examining import examine, require_arguments, require_trainable
from pipelines.facts import Event, Outcome
from pipelines.options import RunOptions, network_allowed, resolve
from pipelines.search.loop import Search
from pipelines.search.policy import Limits
from pipelines.searches import SearchFolder
from pipelines.settings import MachineSettings, read_source_settings
from pipelines.sources.requirements import extra_requirements
from pipelines.sources.source import fetch
from pipelines.spool import Spool, read_output, read_plots, search_identifier, spool_folder
from pipelines.story import Story
from pipelines.task import Task
from pipelines.tracking.tracker import Tracker
from pipelines.tracking.writer import Writer


@dataclass(frozen=True)
class TrialOptions:
    """What one trial is to do; the rest is as for a search."""

    run: RunOptions
    role: Role = "confirm"
    tweak: Tweak = field(default_factory=dict)
    holdout: float = 0.0
    gate: int | None = None
    folds: int = 1


class _Single:
    """A watcher that follows one trial into the run opened for it."""

    def __init__(self, tracker: Tracker, name: str, tags: dict[str, str]) -> None:
        self.tracker, self.name, self.tags = tracker, name, tags

    def submitted(self, spec: TrialSpec, _: str) -> None:
        self.tracker.start_single(self.name, self.tags, spec)

    def heard(self, trial: int, events: list[Event]) -> None:
        self.tracker.heard(trial, events)

    def ended(self, outcome: Outcome) -> None:
        self.tracker.ended(outcome)

    def restarted(self, reason: str, trials: tuple[int, ...]) -> None:
        self.tracker.restarted(reason, trials)

    def tick(self) -> None:
        self.tracker.tick()


def run_single(options: TrialOptions, machine: MachineSettings, story: Story) -> Outcome:
    """Run one trial and track it as one run.

    Raises:
        AutotweakError: the source, the trial or the platform failed.
    """
    identifier = search_identifier()
    folder = SearchFolder(spool_folder(machine.home, identifier))
    spool = Spool(folder.root)
    with folder.driving():  # the monitor removes containers that nobody drives
        try:
            return _run_single(options, machine, story, identifier, spool)
        finally:
            spool.shed()


def _run_single(
    options: TrialOptions, machine: MachineSettings, story: Story, identifier: str, spool: Spool
) -> Outcome:
    story.headline(options.run.source)
    source = fetch(
        options.run.source, spool.paths.source, machine.home / "git", options.run.ref, options.run.target_column
    )
    settings = read_source_settings(spool.paths.source)
    gateless = settings if settings.target is not None else settings.model_copy(update={"target": DEFAULT_TARGET})
    plan = resolve(options.run, gateless, source.name)  # one trial is held to no target, also where rmse has none
    verdict = examine(source, spool.paths.source, settings)
    story.verdict(verdict)
    require_trainable(verdict)
    require_arguments(spool.paths.source, verdict, source.argv or settings.argv)
    tracker = Tracker(machine.home)
    pins = Environment(str(verdict.environment)).pins()
    extras = extra_requirements(spool.paths.source, str(verdict.entry), pins)
    task = Task(source, settings, plan, verdict, extras)
    box = sandboxes.choose(
        options.run.sandbox,
        task.environment,
        spool,
        1,
        identifier,
        machine,
        plan.seed,
        story.environment,
        network_allowed(options.run, settings, machine),
    )
    base = replace(task.template(), holdout_fraction=options.holdout, gate=options.gate, folds=options.folds)
    writer = Writer(_Single(tracker, plan.name, task.tags(box.kind)))
    search = Search(base, Limits(plan.target, 1), plan.timeout_s, spool, box, [story, writer])
    try:
        save = "never" if options.role == "search" else "always"
        with writer:
            outcome = search.run_one(options.role, options.tweak, save)
    finally:
        box.stop()
    tracker.output(0, read_output(spool.paths.trial(0)))
    tracker.plots(0, read_plots(spool.paths.trial(0)))
    if outcome.failed is not None:
        place = f"{outcome.failed.where}: " if outcome.failed.where else ""
        kind = {"source": SourceError, "trial": TrialError, "platform": PlatformError}[outcome.failed.kind]
        raise kind(f"{place}{outcome.failed.reason}")
    if outcome.saved and outcome.described is not None:
        tracker.winner(outcome, outcome.described.summary, spool.model_folder(0), None, promote=False, tags={})
    return outcome
