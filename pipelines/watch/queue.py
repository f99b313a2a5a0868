"""The queue of pushes. It is kept in the tracking server: a push that was accepted is a run there.

One search per repository and commit, however often it is heard of; a newer push replaces one of the same
branch that still waits.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import RLock
from typing import Any, Literal

from mlflow import MlflowClient
from mlflow.entities import Run, RunTag, ViewType
from packaging.requirements import InvalidRequirement, Requirement

from pipelines.environments import FAMILY_OF
from pipelines.tracking.refusals import explained
from pipelines.watch.wanted import Kind, Use

State = Literal["waiting", "running", "done", "replaced", "unchanged"]
STATE = "autotweak.queue"
SUBSTANCE = "autotweak.substance"
_PAGE = 500
_TERMINAL: dict[State, str] = {"done": "FAILED", "replaced": "KILLED", "unchanged": "FINISHED"}


@dataclass(frozen=True)
class Entry:
    """One accepted push."""

    run_id: str
    repository: str
    branch: str
    commit: str
    state: State
    accepted_ms: int


class Queue:
    """Accepts pushes and hands them out, oldest first. Threads may share it: those that write take turns."""

    def __init__(self, client: MlflowClient, artifacts: str | None) -> None:
        self._client, self._artifacts = client, artifacts
        self._lock = RLock()
        self._experiments: dict[str, str] = {}

    def accept(self, repository: str, branch: str, commit: str) -> tuple[Entry, bool]:
        """Make a run for a push, or find the one that this commit has.

        Returns:
            The entry, and whether it is new.

        Raises:
            PlatformError: the tracking server does not answer: the push is not accepted.
        """
        with self._lock, explained("keep the queue"):
            experiment = self._experiment(repository)
            own = f"tags.`autotweak.repository` = '{repository}' and tags.`autotweak.source_commit` = '{commit}'"
            known = self._entries([experiment], f"{own} and tags.`{STATE}` LIKE '%'")
            if known:
                return known[0], False
            older = f"tags.`autotweak.repository` = '{repository}' and tags.`{STATE}` = 'waiting'"
            for entry in self._entries([experiment], older):
                if entry.branch == branch:
                    self.settle(entry, "replaced", f"replaced by {commit[:12]}, pushed while this one waited")
            tags = {
                STATE: "waiting",
                "autotweak.role": "parent",
                "autotweak.repository": repository,
                "autotweak.branch": branch,
                "autotweak.source_commit": commit,
                "mlflow.source.git.commit": commit,
                "mlflow.source.git.branch": branch,
            }
            run = self._client.create_run(experiment, run_name=f"{branch} {commit[:12]}", tags=tags)
            self._client.update_run(run.info.run_id, status="SCHEDULED")
            return _entry(run), True

    def waiting(self) -> list[Entry]:
        """What waits, oldest first."""
        return self._in("waiting")

    def running(self) -> list[Entry]:
        """What was taken from the queue and has not ended."""
        return self._in("running")

    def take(self, entry: Entry) -> None:
        """Mark as running."""
        with self._lock, explained("keep the queue"):
            self._client.set_tag(entry.run_id, STATE, "running")
            self._client.update_run(entry.run_id, status="RUNNING")

    def same(self, entry: Entry, substance: str) -> Entry | None:
        """Note what a push is made of; an earlier search of the same repository with the same, that has ended well."""
        with self._lock, explained("keep the queue"):
            self._client.set_tag(entry.run_id, SUBSTANCE, substance)
            own = f"tags.`autotweak.repository` = '{entry.repository}' and tags.`{SUBSTANCE}` = '{substance}'"
            experiment = self._experiment(entry.repository)
            found = self._entries([experiment], f"{own} and attributes.status = 'FINISHED'")
            return next((known for known in found if known.run_id != entry.run_id), None)

    def uses(self) -> list[Use]:
        """What the latest searches of pushes were run in, newest first."""
        with explained("keep the queue"):
            experiments = [found.experiment_id for found in self._all_experiments()]
            own = f"tags.`{STATE}` LIKE '%' and tags.`autotweak.environment` LIKE '%'"
            newest = ["attributes.start_time DESC"]
            found = (
                self._client.search_runs(experiments, own, max_results=_PAGE, order_by=newest) if experiments else []
            )
        return [
            Use(tags["autotweak.repository"], Kind(tags["autotweak.environment"], int(seed), extras))
            for run in found
            for tags, seed in [(run.data.tags, run.data.params.get("seed", "0"))]
            if tags["autotweak.environment"] in FAMILY_OF and seed.isdigit()
            if (extras := _extras(tags.get("autotweak.extra_requirements", ""))) is not None
        ]

    def has_ended(self, entry: Entry) -> bool:
        """Whether its driver has closed the run: an interrupted one has not ended."""
        with explained("keep the queue"):
            return self._client.get_run(entry.run_id).info.status in ("FINISHED", "FAILED")

    def settle(self, entry: Entry, state: State, reason: str = "") -> None:
        """Mark as ended; its driver has closed the run, or ``reason`` says why there is no result."""
        with self._lock, explained("keep the queue"):
            tags = [RunTag(STATE, state)] + ([RunTag("autotweak.reason", reason[:5000])] if reason else [])
            self._client.log_batch(entry.run_id, tags=tags)
            if reason:
                self._client.set_terminated(entry.run_id, _TERMINAL[state])

    def _in(self, state: State) -> list[Entry]:
        with explained("keep the queue"):
            experiments = [found.experiment_id for found in self._all_experiments()]
            found = self._entries(experiments, f"tags.`{STATE}` = '{state}'") if experiments else []
            return sorted(found, key=lambda entry: entry.accepted_ms)

    def _all_experiments(self) -> Iterator[Any]:
        token = None
        while True:
            page = self._client.search_experiments(ViewType.ACTIVE_ONLY, max_results=_PAGE, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def _entries(self, experiments: list[str], condition: str) -> list[Entry]:
        entries: list[Entry] = []
        token = None
        while True:
            page = self._client.search_runs(experiments, condition, max_results=_PAGE, page_token=token)
            entries += [_entry(run) for run in page]
            token = page.token
            if not token:
                return entries

    def _experiment(self, name: str) -> str:
        if name not in self._experiments:
            found = self._client.get_experiment_by_name(name)
            location = f"{self._artifacts}/{name}" if self._artifacts else None
            tags = {"mlflow.experimentKind": "custom_model_development"}
            self._experiments[name] = str(
                found.experiment_id
                if found is not None
                else self._client.create_experiment(name, artifact_location=location, tags=tags)
            )
        return self._experiments[name]


def _extras(tag: str) -> tuple[str, ...] | None:
    """What a search's source added to its environment; None where the tag says anything but names and versions."""
    extras = tuple(tag.split(", ")) if tag else ()
    try:
        return None if any(Requirement(extra).url for extra in extras) else extras
    except InvalidRequirement:
        return None


def _entry(run: Run) -> Entry:
    tags = run.data.tags
    state: State = tags[STATE]
    return Entry(
        run.info.run_id,
        tags["autotweak.repository"],
        tags["autotweak.branch"],
        tags["autotweak.source_commit"],
        state,
        int(run.info.start_time or time.time() * 1000),
    )
