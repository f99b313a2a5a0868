"""Searches as their drivers leave them on disk, without any training."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mlprojects.contract.trial import TrialSpec
from pipelines.facts import Outcome
from pipelines.options import RunOptions
from pipelines.restarts import Cause
from pipelines.search.log import Closed, Ended, How, Restarted, SearchLog, Submitted
from pipelines.searches import Asked, SearchFolder


def keep_search(
    home: Path,
    name: str,
    trials: int = 0,
    restarts: Iterable[Cause] = (),
    how: How | None = None,
    status: str = "",
    reason: str = "",
    source: str = "wine",
) -> SearchFolder:
    """A search with its trials, its restarts by cause, and how its driver left; None: it died."""
    folder = SearchFolder(home / "searches" / name)
    folder.root.mkdir(parents=True)
    folder.write(Asked(search=name, options=RunOptions(source, name="wine"), folder="/", run_id=f"run-{name}"))
    log = SearchLog.open(folder.log)
    log.drive()
    for trial in range(trials):
        spec = TrialSpec(trial=trial, role="search", family="sklearn", entry="train.py")
        log.append(Submitted, spec=spec, origin="ladder")
        log.append(Ended, outcome=Outcome(trial=trial, role="search", tweak={}))
    for cause in restarts:
        log.append(Restarted, cause=cause, reason=f"for {cause}")
    if how:
        log.append(Closed, how=how, status=status, reason=reason)
    return folder
