"""Where MLflow's UI compares the trials of one search: addresses, for a browser."""

from __future__ import annotations

import json
from urllib.parse import quote

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from mlprojects.contract.metrics import METRICS
from pipelines import earlier
from pipelines.errors import UsageError

MOST_RUNS = 100
"""A longer address is cut off by some browsers and proxies."""


def pages(client: MlflowClient, search: str, site: str) -> dict[str, str]:
    """The page of a search, and the one that compares its best trials.

    Args:
        client: of the tracking server.
        search: its identifier, that of its run, or ``last``.
        site: where the UI is.

    Returns:
        Addresses by ``search`` and ``compare``; the latter is missing where no trial was measured.

    Raises:
        UsageError: there is no such search.
    """
    parent = _parent(client, search)
    experiment = parent.info.experiment_id
    found = {"search": run_page(site, experiment, parent.info.run_id)}
    metric = parent.data.params.get("metric", "accuracy")
    mine = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}' and tags.`autotweak.role` = 'search'"
    best = [f"metrics.`validation_{metric}` {'ASC' if METRICS[metric].lower else 'DESC'}"]
    trials = client.search_runs([experiment], mine, max_results=MOST_RUNS, order_by=best)
    measured = [run.info.run_id for run in trials if f"validation_{metric}" in run.data.metrics]
    if len(measured) > 1:
        runs, experiments = (quote(json.dumps(ids, separators=(",", ":"))) for ids in (measured, [experiment]))
        found["compare"] = f"{site}/#/compare-runs?runs={runs}&experiments={experiments}"
    return found


def run_page(site: str, experiment: str, run: str) -> str:
    """The page of one run."""
    return f"{site}/#/experiments/{experiment}/runs/{run}"


def _parent(client: MlflowClient, search: str) -> Run:
    experiments = [found.experiment_id for found in earlier.all_pages(client.search_experiments)]
    if search == "last":
        newest = ["attributes.start_time DESC"]
        found = client.search_runs(experiments, "tags.`autotweak.role` = 'parent'", max_results=1, order_by=newest)
        if not found:
            raise UsageError("there is no search yet: autotweak run SOURCE makes one")
        return found[0]
    try:
        return client.get_run(earlier.run_of(client, search) or search)
    except MlflowException as error:
        raise UsageError(f"{search}: no search of that name, and no run; autotweak status lists searches") from error
