"""The runs that an earlier driver of a search has opened, found by their tags: no run's identifier has to be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from mlflow import MlflowClient


def run_of(client: MlflowClient, search: str) -> str:
    """The parent run of a search; empty where there is none."""
    experiments = [found.experiment_id for found in _all(client.search_experiments)]
    own = f"tags.`autotweak.search` = '{search}' and tags.`autotweak.role` = 'parent'"
    found = client.search_runs(experiments, own, max_results=1)
    return str(found[0].info.run_id) if found else ""


def trials_of(client: MlflowClient, experiment: str, parent: str) -> dict[int, str]:
    """The runs below a parent run, by the number of their trial."""
    runs = _all(partial(client.search_runs, [experiment], f"tags.`mlflow.parentRunId` = '{parent}'"))
    named = {run.data.tags.get("autotweak.trial", ""): str(run.info.run_id) for run in runs}
    return {int(trial): run_id for trial, run_id in named.items() if trial.isdigit()}


def _all(page: Callable[..., Any]) -> Iterator[Any]:
    """All that a search of MLflow's client finds, page by page."""
    token = None
    while True:
        found = page(page_token=token)
        yield from found
        token = found.token
        if not token:
            return
