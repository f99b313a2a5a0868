"""Where the trials of a search are compared."""

import pytest
from mlflow import MlflowClient

from pipelines.errors import UsageError
from pipelines.tracking.comparing import pages

SITE = "http://127.0.0.1:5000"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Give a client of a store with one search of three trials, of which two were measured."""
    client = MlflowClient(f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db")
    experiment = client.create_experiment("wine")
    parent = client.create_run(experiment, tags={"autotweak.role": "parent", "autotweak.search": "s1"}, run_name="s1")
    client.log_param(parent.info.run_id, "metric", "accuracy")
    for name, value in (("worse", 0.5), ("better", 0.9), ("failed", None)):
        tags = {"autotweak.role": "search", "mlflow.parentRunId": parent.info.run_id}
        run = client.create_run(experiment, tags=tags, run_name=name)
        if value is not None:
            client.log_metric(run.info.run_id, "validation_accuracy", value)
    return client


def test_the_best_come_first_and_the_failed_not_at_all(client):
    """By the search's identifier, its run's, or as the last one: the same addresses."""
    found = pages(client, "s1", SITE)
    runs = {run.info.run_name: run.info.run_id for run in client.search_runs(["1"])}
    assert found["search"] == f"{SITE}/#/experiments/1/runs/{runs['s1']}?workflowType=machine_learning"
    assert "orderByKey=metrics.%60validation_accuracy%60&orderByAsc=false" in found["charts"]
    assert found["compare"].startswith(f"{SITE}/#/compare-runs?runs=")
    assert found["compare"].index(runs["better"]) < found["compare"].index(runs["worse"])
    assert runs["failed"] not in found["compare"]
    assert pages(client, "last", SITE) == pages(client, runs["s1"], SITE) == found


def test_a_search_that_is_not_there_is_one_line(client):
    """With what lists those that are."""
    with pytest.raises(UsageError, match="autotweak status lists"):
        pages(client, "nothing", SITE)
