"""Gathers what a run's notification will say while the run goes: what was pushed, its trials, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlprojects.contract.knobs import KNOBS
from mlprojects.contract.trial import TrialSpec
from pipelines.facts import Described, Evaluated, Outcome
from pipelines.facts import Event as JournalEvent
from pipelines.notify.events import Change, Event, Kind, Score, TrialRow, event_id
from pipelines.options import Plan
from pipelines.report import Report
from pipelines.search.diagnosis import shown
from pipelines.sources.source import Source
from pipelines.story import words

if TYPE_CHECKING:  # only named: neither MLflow nor hyperopt is loaded before there is something to search
    from pipelines.search.loop import Result
    from pipelines.tracking.tracker import Tracker


@dataclass
class Notice:
    """One search on its way to an event; a :class:`pipelines.search.loop.Watcher`. What is unknown yet is None."""

    search: str
    given: str
    source: Source | None = None
    plan: Plan | None = None
    tracker: Tracker | None = None
    result: Result | None = None
    look: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    restarts: list[str] = field(default_factory=list)

    def submitted(self, spec: TrialSpec, origin: str) -> None:
        """Nothing: only trials that have ended are told."""

    def heard(self, trial: int, events: list[JournalEvent]) -> None:
        """Nothing: the outcome sums the journal up."""

    def ended(self, outcome: Outcome) -> None:
        """Keep the trial for the table."""
        self.outcomes.append(outcome)

    def restarted(self, reason: str, trials: tuple[int, ...]) -> None:
        """Keep the reason, and what it held up."""
        during = f" (during trial {', '.join(map(str, trials))})" if trials else ""
        self.restarts.append(f"{reason}{during}")

    def tick(self) -> None:
        """Nothing."""

    def event(self, kind: Kind, report: Report, now: float, counter: int = 0) -> Event:
        """What is known by now, as an event."""
        known = report.to_json()
        facts: dict[str, Any] = {
            "id": event_id(self.search, kind, counter),
            "kind": kind,
            "time": now,
            "name": self.given,
            "search": self.search,
            "source": self.given,
            "seconds": known["seconds"],
            "reason": known["reason"] if kind in ("failed", "restarted", "given_up") else "",
            "restarts": tuple(self.restarts),
            "baseline": next(
                (s for o in self.outcomes if o.role == "baseline" and (s := _score(self._asked(o.test)))), None
            ),
            "trials": tuple(self._row(outcome) for outcome in self.outcomes),
            "look": self.look,
        }
        if known["entry"]:
            facts["found"] = ", ".join(str(known[key]) for key in ("family", "kind", "entry"))
        if self.source is not None:
            pushed = self.source
            facts |= {"name": pushed.name, "source": pushed.given, "branch": pushed.branch, "author": pushed.author}
            facts |= {"commit": pushed.commit or "", "subject": pushed.subject}
        if self.plan is not None:
            facts |= {"name": self.plan.name, "metric": self.plan.metric, "target": self.plan.target}
        if self.tracker is not None:
            facts["run_url"] = self.tracker.page()
        if self.result is not None:
            facts |= _ended(self.result, known)
        if self.result is not None and self.plan is not None and kind == "not_reached":
            facts["reason"] = _why_missed(self.result, self.plan)
            facts["advice"] = tuple(known["diagnosis"])
        if self.tracker is not None and known["model"]:
            model = known["model"]
            alias = f", alias {model['alias']}" if model["alias"] else ", no alias"
            facts["model"] = f"{model['name']} version {model['version']}{alias}"
            facts["model_url"] = self.tracker.page_of_model(model["name"], model["version"])
        return Event(**facts)

    def _asked(self, test: Evaluated | None) -> Evaluated | None:
        """A test score in the metric asked for: of a model that does not have it the report tells another."""
        return test if test is not None and self.plan is not None and test.metric == self.plan.metric else None

    def _row(self, outcome: Outcome) -> TrialRow:
        test = self._asked(outcome.test)
        return TrialRow(
            number=outcome.trial,
            role=outcome.role,
            tweak=words(outcome.tweak),
            validation=outcome.validation.value if outcome.validation else None,
            test=test.value if test else None,
            seconds=outcome.seconds,
            failure=outcome.failed.reason if outcome.failed else "",
            url=self.tracker.page(outcome.trial) if self.tracker else "",
        )


def _why_missed(result: Result, plan: Plan) -> str:
    """The miss in one sentence; the diagnosis says what would help."""
    test = result.best.test
    best, target = shown(plan.metric, test.value if test else None), shown(plan.metric, plan.target)
    who = "No tweak beat the script as written, which" if result.best is result.baseline else "The best tweak"
    return f"{who} scored {best} on test data; the target is {target}. The search ended because {result.stopped}."


def _score(test: Evaluated | None) -> Score | None:
    return Score(value=test.value, low=test.interval[0], high=test.interval[1], rows=test.rows) if test else None


def _ended(result: Result, known: dict[str, Any]) -> dict[str, Any]:
    described = result.baseline.described
    return {
        "baseline": _score(result.baseline.test),
        "best": _score(result.best.test),
        "best_validation": result.validation_of(result.best),
        "looks": result.looks,
        "changes": tuple(
            Change(
                knob=knob,
                before=_written(described, knob),
                after=str(value),
                meaning=_meaning(described, str(known["family"]), knob),
            )
            for knob, value in result.best.tweak.items()
        ),
    }


def _written(described: Described | None, knob: str) -> str:
    return str(described.knobs[knob]) if described is not None and knob in described.knobs else "as written"


def _meaning(described: Described | None, family: str, name: str) -> str:
    """The knob's line of documentation; an estimator's own knob where several share a name."""
    same = [knob for knob in KNOBS if knob.name == name and knob.family == family]
    own = [knob for knob in same if described is not None and described.estimator in knob.owners]
    return next((knob.doc for knob in own + same), "")
