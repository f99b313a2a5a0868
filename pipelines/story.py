"""The story of a run as a person reads it: with rich on a terminal, as plain lines without one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich import markup
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from mlprojects.contract.metrics import METRICS
from mlprojects.contract.trial import TrialSpec, Tweak
from pipelines.errors import printable
from pipelines.facts import Described, Epoch, Evaluated, Event, Outcome
from pipelines.inspection import Verdict
from pipelines.search.diagnosis import of_majority, shown

if TYPE_CHECKING:  # only named: neither MLflow nor hyperopt is loaded to print a line
    from pipelines.search.loop import Result
    from pipelines.search.policy import Limits
    from pipelines.tracking.tracker import ModelVersion

NO_TEST = "the script evaluates nothing but its training data; it runs again with rows set aside"
"""What a baseline without a test score means."""


def escape(text: str) -> str:
    """A text as it is shown: without sequences for the terminal, and no markup of ours."""
    return markup.escape(printable(text))


def words(tweak: Tweak) -> str:
    """A tweak in words."""
    return ", ".join(f"{name} = {value}" for name, value in tweak.items()) or "as written"


def measured(test: Evaluated | None) -> str:
    """A test score with its interval and rows."""
    if test is None:
        return "not measured"
    low, high = (shown(test.metric, end).removesuffix(" %") for end in test.interval)
    unit = " %" if METRICS[test.metric].share else ""
    also = "".join(f", {name} {value:.4g}" for name, value in test.also.items())
    return f"{shown(test.metric, test.value)} ({low}–{high}{unit} at 95 % confidence, {test.rows} rows){also}"


def gated(described: Described | None) -> str | None:
    """Which of several models counts, and why; None where there is only one."""
    if described is None or not described.gate_reason:
        return None
    return f"{described.estimator}, fitted at {described.where}, counts: {described.gate_reason}"


class Story:
    """Tells a run as it goes. A :class:`pipelines.search.loop.Watcher`."""

    def __init__(self, stderr: bool) -> None:
        self.console = Console(stderr=stderr, highlight=False, soft_wrap=True)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._specs: dict[int, tuple[TrialSpec, str]] = {}
        self._epochs: dict[int, int] = {}
        self._limits: tuple[int, float] = (0, 0.0)
        self._began = 0.0
        self._best: float | None = None

    def say(self, text: str, style: str = "") -> None:
        """One line."""
        self.console.print(escape(text), style=style or None)

    def step(self, title: str, text: str) -> None:
        """A step of the way: its name and what came of it."""
        self.console.print(f"[bold cyan]{title:<12}[/] {escape(text)}")

    def warn(self, text: str) -> None:
        """One line on standard error, also when standard output has the story."""
        Console(stderr=True, highlight=False, soft_wrap=True).print(escape(f"warning: {text}"), style="yellow")

    def environment(self, text: str) -> None:
        """What is being done about the environment."""
        self.step("environment", text)

    def note(self, text: str) -> None:
        """A line below a step."""
        self.console.print(f"[dim]{'':<12} {escape(text)}[/]")

    def headline(self, source: str) -> None:
        """The first line of a run."""
        self.console.print()
        self.console.rule(
            f"[bold]autotweak[/] {escape(source)}", align="left"
        ) if self.console.is_terminal else self.say(f"== autotweak {source}")

    def verdict(self, verdict: Verdict) -> None:
        """What reading the source said, with its evidence."""
        self.step("inspect", f"{verdict.family}, {verdict.kind}: {verdict.entry}" if verdict.entry else verdict.reason)
        for item in verdict.evidence:
            self.note(f"{item.file}:{item.line}  {item.text}")

    def begin(self, max_trials: int, timeout_s: float) -> None:
        """Show the budget from here on, where there is a terminal."""
        self._limits, self._began = (max_trials, timeout_s), time.monotonic()
        if self.console.is_terminal:
            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TextColumn("[dim]{task.fields[budget]}[/]"),
                console=self.console,
                transient=True,
                refresh_per_second=8,
            )
            self._task = self._progress.add_task("starting", total=max_trials, budget="")
            self._progress.start()

    def end(self) -> None:
        """Take the progress bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    # -- Watcher --------------------------------------------------------------------------------------

    def submitted(self, spec: TrialSpec, origin: str) -> None:
        """Remember what is under way."""
        self._specs[spec.trial] = (spec, origin)
        self.tick()

    def heard(self, trial: int, events: list[Event]) -> None:
        """Follow the epochs."""
        for event in events:
            if isinstance(event, Epoch):
                self._epochs[trial] = event.step + 1
        self.tick()

    def ended(self, outcome: Outcome) -> None:
        """A line per trial."""
        spec, origin = self._specs.pop(outcome.trial)
        seconds = (
            f"{outcome.fit_seconds:.1f} s in fit"
            if outcome.fit_seconds >= 0.05
            else f"{1000 * outcome.fit_seconds:.0f} ms in fit"
        )
        if outcome.failed is not None:
            place = f" at {outcome.failed.where}" if outcome.failed.where else ""
            self.step(f"trial {outcome.trial}", f"{words(outcome.tweak)}: failed{place}: {outcome.failed.reason}")
        elif spec.role == "baseline":
            test = outcome.test
            text = f"as written: test {test.metric} {measured(test)}" if test else NO_TEST
            self.step("baseline", f"{text}, {seconds}")
            said = [gated(outcome.described), of_majority(outcome.test, spec.target) if outcome.test else None]
            for line in filter(None, said):
                self.note(line)
        elif spec.role == "confirm":
            self.step("confirm", f"{words(outcome.tweak)}: test {spec.metric} {measured(outcome.test)}, {seconds}")
        else:
            score = outcome.validation.value if outcome.validation else None
            gain = outcome.validation.gain if outcome.validation else None
            better = gain is not None and (self._best is None or gain > self._best)
            self._best = gain if better else self._best
            mark = "[green]▲[/]" if better else " "
            mark = mark if self.console.is_terminal else ("*" if better else " ")
            ended = ", stopped early" if outcome.stopped else ""
            tried = f"{mark} {escape(words(outcome.tweak))} [dim]({origin}, {seconds}{ended})[/]"
            text = f"validation {shown(spec.metric, score)} {tried}"
            self.console.print(f"[bold cyan]trial {outcome.trial:<6}[/] {text}")
        if outcome.script_error:
            self.note(f"the script failed after it had trained: {outcome.script_error}")
        for fault in outcome.faults:
            self.note(f"the wrapper stepped aside: {fault}")
        self.tick()

    def restarted(self, reason: str, trials: tuple[int, ...]) -> None:
        """The sandbox or the driver died."""
        going = f"; on with trial {', '.join(map(str, trials))}" if trials else ""
        self.step("restart", f"{reason}{going}")

    def tick(self) -> None:
        """Refresh the bar."""
        if self._progress is None or self._task is None:
            return
        most, timeout_s = self._limits
        active = ", ".join(
            f"trial {n}" + (f" epoch {self._epochs[n]}" if n in self._epochs else "") for n in sorted(self._specs)
        )
        left = max(0.0, timeout_s - (time.monotonic() - self._began))
        started = max(self._specs, default=0)
        minutes, seconds = divmod(int(left), 60)
        budget = f"{most - started} of {most} trials and {minutes} min {seconds:02d} s left"
        self._progress.update(self._task, description=active or "deciding", completed=started, budget=budget)

    # -- the end --------------------------------------------------------------------------------------

    def result(
        self, result: Result, limits: Limits, diagnosis: list[str], version: ModelVersion | None, ui: str
    ) -> None:
        """The winner against the baseline, why the target was missed, the model, and where to look."""
        best, baseline = result.best, result.baseline
        verdict = (
            "[bold green]reached[/]" if result.reached else f"[bold yellow]not reached[/]: {escape(result.stopped)}"
        )
        self.console.print(f"[bold cyan]{'result':<12}[/] target {shown(limits.metric, limits.target)} {verdict}")
        self.note(f"baseline  {measured(baseline.test)}")
        if best is not baseline:
            self.note(f"winner    {measured(best.test)}")
            self.note(f"          {words(best.tweak)}")
            steered = shown(limits.metric, result.validation_of(best))
            self.note(f"validation {steered} steered; the test data was looked at {result.looks} times")
        for place, line in enumerate(diagnosis):
            self.step("" if place else "why", line)
        failed = sum(o.failed is not None for o in result.history)
        self.note(f"{len(result.history)} trials, {failed} failed")
        if version is not None:
            alias = f", alias {version.alias}" if version.alias else ", no alias"
            self.step("model", f"{version.name} version {version.version}{alias}")
        else:
            self.step("model", "nothing registered: only a model that reaches the target on test data is")
        self.step("look", ui)
