"""Where MLflow's UI compares the trials of one search: addresses, for a browser."""

from __future__ import annotations

import json
from urllib.parse import quote, urlsplit

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from mlprojects.contract.metrics import METRICS
from pipelines.errors import UsageError
from pipelines.tracking import earlier

MOST_RUNS = 100
"""A longer address is cut off by some browsers and proxies."""
MODE = "workflowType=machine_learning"
"""MLflow's pages for models: in those for language models, which it shows otherwise, no run has a description."""


def site_of(uri: str) -> str:
    """The address of a server's UI, without the password that may stand in it; empty where the store is no server."""
    parts = urlsplit(uri)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/") if parts.scheme in ("http", "https") else ""


def pages(client: MlflowClient, search: str, site: str) -> dict[str, str]:
    """The page of a search, the one with charts of its trials, and the one that compares the best of them.

    Args:
        client: of the tracking server.
        search: its identifier, that of its run, or ``last``.
        site: where the UI is.

    Returns:
        Addresses by ``search``, ``charts`` and ``compare``; the last is missing where no trial was measured.

    Raises:
        UsageError: there is no such search.
    """
    parent = _parent(client, search)
    experiment = parent.info.experiment_id
    found = {"search": run_page(site, experiment, parent.info.run_id)}
    metric = parent.data.params.get("metric", "accuracy")
    mine = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}' and tags.`autotweak.role` = 'search'"
    score, lower = f"metrics.`validation_{metric}`", METRICS[metric].lower
    asked = f"searchFilter={quote(mine)}&orderByKey={quote(score)}&orderByAsc={str(lower).lower()}"
    found["charts"] = f"{site}/#/experiments/{experiment}/runs?{MODE}&compareRunsMode=CHART&{asked}"
    best = [f"{score} {'ASC' if lower else 'DESC'}"]
    trials = client.search_runs([experiment], mine, max_results=MOST_RUNS, order_by=best)
    measured = [run.info.run_id for run in trials if f"validation_{metric}" in run.data.metrics]
    if len(measured) > 1:
        runs, experiments = (quote(json.dumps(ids, separators=(",", ":"))) for ids in (measured, [experiment]))
        found["compare"] = f"{site}/#/compare-runs?runs={runs}&experiments={experiments}&{MODE}"
    return found


def run_page(site: str, experiment: str, run: str) -> str:
    """The page of one run."""
    return f"{site}/#/experiments/{experiment}/runs/{run}?{MODE}"


def model_page(site: str, name: str, version: str) -> str:
    """The page of a version of a registered model."""
    return f"{site}/#/models/{quote(name, safe='')}/versions/{version}?{MODE}"


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
