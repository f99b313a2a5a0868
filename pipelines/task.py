"""A source that was read, and what is to be done with it: what all its trials have in common. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from mlprojects.contract.trial import TrialSpec
from pipelines.environments import Environment
from pipelines.inspection import Verdict
from pipelines.options import Plan
from pipelines.settings import SourceSettings
from pipelines.sources.source import Source


@dataclass(frozen=True)
class Task:
    """The source, its own settings, what was asked for, and what reading it said."""

    source: Source
    settings: SourceSettings
    plan: Plan
    verdict: Verdict
    extras: tuple[str, ...] = ()
    """What the source asks for beside its environment."""

    @property
    def argv(self) -> tuple[str, ...]:
        """The script's arguments: a built-in project's, or those of its settings."""
        return self.source.argv or self.settings.argv

    @property
    def environment(self) -> Environment:
        """What it runs in."""
        return Environment(str(self.verdict.environment), self.extras)

    def template(self) -> TrialSpec:
        """What all trials have in common."""
        plan, verdict = self.plan, self.verdict
        return TrialSpec(
            trial=0,
            role="baseline",
            family=verdict.family,
            entry=str(verdict.entry),
            cwd=verdict.cwd,
            argv=self.argv,
            seed=plan.seed,
            metric=plan.metric,
            target=plan.target,
            estimators=self.settings.estimators if verdict.family == "sklearn" else (),
            requirements=self.environment.requirements(),
        )

    def tags(self, sandbox: str) -> dict[str, str]:
        """What holds for a search and each of its trials, keys without the ``autotweak.`` prefix."""
        source, verdict, environment = self.source, self.verdict, self.environment
        return {
            "source": source.pinned,
            "source_commit": source.commit or "",
            "source_digest": source.digest,
            "environment": environment.name,
            "environment_digest": environment.digest,
            "extra_requirements": ", ".join(environment.extras),
            "sandbox": sandbox,
            "family": verdict.family,
            "kind": verdict.kind or "",
            "entry": verdict.entry or "",
        }

    def params(self) -> dict[str, str]:
        """The search's own parameters."""
        plan = self.plan
        return {
            "source": self.source.pinned,
            "target": f"{plan.target:g}",
            "metric": plan.metric,
            "max_trials": str(plan.max_trials),
            "timeout_s": f"{plan.timeout_s:g}",
            "seed": str(plan.seed),
        }

    def reproduce(self) -> str:
        """The command that runs the search again."""
        plan = self.plan
        options = {
            "--target": f"{plan.target:g}",
            "--metric": plan.metric,
            "--max-trials": str(plan.max_trials),
            "--timeout": f"{plan.timeout_s:g}s",
            "--seed": str(plan.seed),
            "--name": plan.name,
        }
        words = [part for pair in options.items() for part in pair]
        return shlex.join(["autotweak", "run", self.source.pinned, *words])
