"""What earlier drivers have left in the tracking server, found by tags: no run's identifier has to be kept."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from mlflow import MlflowClient

from mlprojects.contract.trial import Tweak
from pipelines.sources.source import Source

BEST_TWEAK = "best_tweak"
SEARCHES_BACK = 100
"""How many ended searches of an experiment are looked through for the previous one of a source."""


def run_of(client: MlflowClient, search: str) -> str:
    """The parent run of a search; empty where there is none."""
    experiments = [found.experiment_id for found in all_pages(client.search_experiments)]
    own = f"tags.`autotweak.search` = '{search}' and tags.`autotweak.role` = 'parent'"
    found = client.search_runs(experiments, own, max_results=1)
    return str(found[0].info.run_id) if found else ""


def trials_of(client: MlflowClient, experiment: str, parent: str) -> dict[int, str]:
    """The runs below a parent run, by the number of their trial."""
    runs = all_pages(partial(client.search_runs, [experiment], f"tags.`mlflow.parentRunId` = '{parent}'"))
    named = {run.data.tags.get("autotweak.trial", ""): str(run.info.run_id) for run in runs}
    return {int(trial): run_id for trial, run_id in named.items() if trial.isdigit()}


def previous_best(client: MlflowClient, experiment: str, source: Source) -> Tweak:
    """The best tweak of the last search of this source that has ended; empty where there is none.

    A search of the very same files is passed over: to run a search again is to run the same search.
    """
    own = f"tags.`autotweak.{BEST_TWEAK}` LIKE '%' and attributes.status = 'FINISHED'"
    newest = ["attributes.start_time DESC"]
    for run in client.search_runs([experiment], own, max_results=SEARCHES_BACK, order_by=newest):
        tags = run.data.tags
        place = tags.get("autotweak.source", "").removesuffix(f"@{tags.get('autotweak.source_commit', '')}")
        if place == source.given and tags.get("autotweak.source_digest") != source.digest:
            return _tweak(tags[f"autotweak.{BEST_TWEAK}"])
    return {}


def _tweak(text: str) -> Tweak:
    """A tweak as a tag holds it; empty where somebody has written something else there."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def all_pages(page: Callable[..., Any], **arguments: Any) -> Iterator[Any]:
    """All that a search of MLflow's client finds, page by page."""
    token = None
    while True:
        found = page(**arguments, page_token=token)
        yield from found
        token = found.token
        if not token:
            return


def experiment_of(client: MlflowClient, name: str, artifacts: str | None) -> str:
    """The experiment that the environment names, else the one of that name; made where there is none.

    Args:
        client: of the tracking server.
        name: the source's.
        artifacts: where a new one keeps its files; None: where the server does.
    """
    given = os.environ.get("MLFLOW_EXPERIMENT_ID")
    if given:
        return given
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or name
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    location = f"{artifacts}/{name}" if artifacts else None
    tags = {"mlflow.experimentKind": "custom_model_development"}  # the UI opens at the runs, not at traces
    return str(client.create_experiment(name, artifact_location=location, tags=tags))
