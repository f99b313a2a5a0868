"""The adapter to MLflow, against a real store in SQLite."""

import json
import os

import pytest

from mlprojects.contract.shipping import translate
from mlprojects.contract.trial import TrialSpec
from pipelines.errors import PlatformError
from pipelines.facts import validate
from pipelines.source import Source

BASE = TrialSpec(trial=0, role="baseline", family="keras", entry="train.py", seed=4)
SEARCHED = TrialSpec(trial=1, role="search", family="keras", entry="train.py", tweak={"epochs": 4}, gate=0)
CONFIRMED = TrialSpec(trial=2, role="confirm", family="keras", entry="train.py", tweak={"epochs": 4}, gate=0)
TAGS = {"source": "/src/wine@abc", "source_commit": "abc", "source_digest": "d", "family": "keras"}
FINISHED = {"event": "finished", "time": 9.0, "fit_seconds": 1.5, "seconds": 2.0}
MODEL = "flavors:\n  python_function: {loader_module: none}\nmodel_uuid: x\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Give one home with its store, made once: SQLite's tables take seconds."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def tracker(home, monkeypatch):
    """Give a tracker on that store, with nothing of MLflow in the environment, before and after."""
    from mlflow import set_tracking_uri

    from pipelines.tracking import Tracker

    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    yield Tracker(home)
    set_tracking_uri(None)


def evaluated(split, value):
    """One ``evaluated`` event."""
    return {
        "event": "evaluated",
        "time": 5.0,
        "split": split,
        "metric": "accuracy",
        "value": value,
        "rows": 50,
        "interval": [0.1, 0.9],
        "evidence": "evaluate(x, y)",
        "confusion": {"labels": ["$a", "b}$\\frac"], "counts": [[20, 5], [5, 20]]},
    }


def epoch(step, **logs):
    """One ``epoch`` event."""
    return {"event": "epoch", "time": 1.0 + step, "step": step, "model": 0, "logs": logs}


def make_events(described, *raws):
    """Valid events, with the description of a network where one is asked for."""
    known = {"described": described(estimator="Sequential", knobs={"epochs": 1, "units": 32}, choices={})}
    return [known[raw] if isinstance(raw, str) else validate(raw) for raw in raws]


def follow(tracker, spec, events, outcome):
    """A trial from its submission to its end."""
    tracker.submitted(spec, "ladder")
    tracker.heard(spec.trial, events)
    tracker.ended(outcome(spec.trial, spec.role, spec.tweak))


@pytest.fixture
def searched(request, tracker, described, outcome):
    """Give a tracker that has followed a baseline, a search trial and its confirmation."""
    tracker.start(request.node.name, "search x", TAGS, {"target": "0.8"}, "autotweak run x")
    follow(tracker, BASE, make_events(described, "described", evaluated("test", 0.5), FINISHED), outcome)
    epochs = [epoch(0, loss=2.0, accuracy=0.3), epoch(1, loss=1.0, accuracy=0.6)]
    follow(tracker, SEARCHED, make_events(described, *epochs, evaluated("validation", 0.9), FINISHED), outcome)
    follow(tracker, CONFIRMED, make_events(described, "described", evaluated("test", 0.85), FINISHED), outcome)
    return tracker


def runs_of(tracker):
    """All runs of the experiment, the parent apart, by their trial."""
    runs = tracker.client.search_runs([tracker.experiment_id])
    trials = {int(r.data.tags["autotweak.trial"]): r for r in runs if "autotweak.trial" in r.data.tags}
    (parent,) = [r for r in runs if "autotweak.trial" not in r.data.tags]
    return parent, trials


def test_one_parent_with_nested_children(searched):
    """A search is one run, each of its trials a run nested in it, under the experiment of the source's name."""
    parent, trials = runs_of(searched)
    assert parent.info.run_id == searched.run_id
    assert sorted(trials) == [0, 1, 2]
    assert {run.data.tags["mlflow.parentRunId"] for run in trials.values()} == {parent.info.run_id}
    assert {run.info.status for run in trials.values()} == {"FINISHED"}
    assert parent.data.params == {"target": "0.8"}
    assert parent.data.tags["autotweak.reproduce"] == "autotweak run x"
    assert parent.data.tags["autotweak.role"] == "parent"
    assert parent.data.tags["autotweak.source_commit"] == "abc"


def test_scores_are_on_the_right_runs_only(searched):
    """The search trial has a validation score and no test score; baseline and confirmation the other way round."""
    _, trials = runs_of(searched)
    splits = {n: {key.split("_")[0] for key in run.data.metrics if "accuracy_low" in key} for n, run in trials.items()}
    assert splits == {0: {"test"}, 1: {"validation"}, 2: {"test"}}
    assert trials[1].data.metrics["validation_accuracy"] == 0.9
    assert trials[2].data.metrics["test_accuracy"] == 0.85


def test_every_trial_shows_every_knob_and_its_tweak(searched):
    """Parameters are the written values under the tweak; the command to run the trial again is there."""
    _, trials = runs_of(searched)
    assert trials[0].data.params == {"epochs": "1", "units": "32", "seed": "4"}
    assert trials[1].data.params == {"epochs": "4", "units": "32", "seed": "0"}
    assert json.loads(trials[1].data.tags["autotweak.tweak"]) == {"epochs": 4}
    assert trials[1].data.tags["autotweak.role"] == "search"
    assert "--tweak '{\"epochs\": 4}'" in trials[1].data.tags["autotweak.reproduce"]


def test_the_rows_are_a_data_set_of_the_runs_that_describe_them(searched):
    """With their fingerprint, and how many there are; a search trial does not describe them again."""
    _, trials = runs_of(searched)
    assert [len(trials[n].inputs.dataset_inputs) for n in (0, 1, 2)] == [1, 0, 1]
    data = trials[0].inputs.dataset_inputs[0].dataset
    assert (data.name, data.digest) == ("train.py:3", "ab")
    assert json.loads(data.profile) == {"num_rows": 100, "shape": [13], "classes": 3}


def test_epochs_are_a_curve_at_the_journals_times(searched):
    """Each epoch is a step of its metrics, with the time at which it ended."""
    _, trials = runs_of(searched)
    history = searched.client.get_metric_history(trials[1].info.run_id, "loss")
    assert [(m.step, m.value, m.timestamp) for m in history] == [(0, 2.0, 1000), (1, 1.0, 2000)]


def test_curves_are_there_while_a_trial_trains(request, tracker, described, outcome):
    """A tick ships the epochs so far, the end only what came after; a baseline's wait for the model that counts."""
    tracker.start(request.node.name, "search x", TAGS, {}, "autotweak run x")
    for spec in (BASE, SEARCHED):
        tracker.submitted(spec, "ladder")
        tracker.heard(spec.trial, make_events(described, epoch(0, loss=2.0)))
    tracker.tick()
    _, trials = runs_of(tracker)
    assert {n: run.data.metrics for n, run in trials.items()} == {0: {}, 1: {"loss": 2.0}}
    tracker.heard(1, make_events(described, epoch(1, loss=1.0), FINISHED))
    tracker.ended(outcome(1, "search", SEARCHED.tweak))
    history = tracker.client.get_metric_history(trials[1].info.run_id, "loss")
    assert [(m.step, m.value) for m in history] == [(0, 2.0), (1, 1.0)]


def test_a_trial_costs_few_requests(request, tracker, described, outcome, monkeypatch):
    """Three from its submission to its end, and one for each tick in which it has something new."""
    calls = []
    tracker.start(request.node.name, "search x", TAGS, {}, "autotweak run x")
    for name in [name for name in dir(tracker.client) if not name.startswith("_")]:
        method = getattr(tracker.client, name)
        if callable(method):
            counted = lambda *a, _name=name, _method=method, **k: (calls.append(_name), _method(*a, **k))[1]  # noqa: E731
            monkeypatch.setattr(tracker.client, name, counted)
    follow(tracker, SEARCHED, make_events(described, epoch(0, loss=2.0), FINISHED), outcome)
    assert calls == ["create_run", "log_batch", "set_terminated"]
    tracker.submitted(CONFIRMED, "confirm")
    tracker.heard(CONFIRMED.trial, make_events(described, epoch(0, loss=2.0)))
    for _ in range(3):
        tracker.tick()
    assert calls[3:] == ["create_run", "log_batch"]


def test_shipping_a_journal_twice_adds_nothing(searched, described):
    """The store drops what it has already."""
    from mlflow.entities import Metric

    _, trials = runs_of(searched)
    run = trials[1].info.run_id
    raws = [event.model_dump() for event in make_events(described, epoch(0, loss=2.0), evaluated("validation", 0.9))]
    keys = ("loss", "validation_accuracy")
    before = [len(searched.client.get_metric_history(run, key)) for key in keys]
    for _ in range(2):
        searched.client.log_batch(run, metrics=[Metric(*metric) for metric in translate(SEARCHED, raws).metrics])
    assert [len(searched.client.get_metric_history(run, key)) for key in keys] == before == [2, 1]


def test_a_failed_trial_is_a_failed_run(request, tracker, outcome):
    """Its status and its reason are on its run, and the search goes on."""
    tracker.start(request.node.name, "search x", TAGS, {}, "autotweak run x")
    failed = {"event": "failed", "time": 3.0, "kind": "trial", "reason": "no", "where": ""}
    follow(tracker, SEARCHED, [validate(failed)], outcome)
    tracker.output(1, "Traceback")
    _, trials = runs_of(tracker)
    assert trials[1].info.status == "FAILED"
    assert trials[1].data.tags["autotweak.failure"] == "trial: no"
    assert [item.path for item in tracker.client.list_artifacts(trials[1].info.run_id)] == ["output.log"]


@pytest.mark.parametrize("name", ["f1 (macro)", "top-5%", "a,b", "größe", "x" * 300, "a/../b", "loss\n"])
def test_a_metric_of_any_name_is_no_end_of_a_search(tracker, described, outcome, name):
    """Scripts name their Keras metrics as they like; one that MLflow does not take must not stop the search."""
    tracker.start(f"metric {name.encode().hex()[:40]}", "search x", TAGS, {}, "autotweak run x")
    follow(tracker, SEARCHED, make_events(described, epoch(0, **{name: 0.5, "loss": 1.0}), FINISHED), outcome)
    _, trials = runs_of(tracker)
    assert trials[1].info.status == "FINISHED"
    assert trials[1].data.metrics["loss"] == 1.0


def test_more_metrics_than_fit_one_request(request, tracker, described, outcome):
    """A long training is shipped whole."""
    tracker.start(request.node.name, "search x", TAGS, {}, "autotweak run x")
    epochs = [epoch(step, loss=float(step), accuracy=0.5) for step in range(600)]
    follow(tracker, SEARCHED, make_events(described, *epochs, FINISHED), outcome)
    _, trials = runs_of(tracker)
    assert trials[1].data.metrics["loss"] == 599.0
    assert trials[1].data.metrics["trial_seconds"] == 2.0


def test_the_end_closes_every_run(searched, outcome):
    """The parent has the result, in its name as well; a trial that the end has cut off is killed, not left running."""
    searched.submitted(TrialSpec(trial=3, role="search", family="keras", entry="train.py"), "tpe")
    searched.restarted("out of memory", (1,))
    searched.restarted("the driver died", (1,))
    title = runs_of(searched)[0].info.run_name
    for come in ("70.0 %", "70.0 % → 85.0 %"):  # of an earlier driver, and of the one that took over
        ending = {"status": "reached", "gate": ""}
        searched.finish({"best_test_accuracy": 0.85}, ending, "**Reached**", outcome=come)
    parent, trials = runs_of(searched)
    assert parent.info.run_name == f"70.0 % → 85.0 % · {title}"
    assert "autotweak.gate" not in parent.data.tags
    assert (parent.info.status, parent.data.metrics["best_test_accuracy"]) == ("FINISHED", 0.85)
    assert parent.data.tags["mlflow.note.content"] == "**Reached**"
    assert json.loads(parent.data.tags["autotweak.restarts"]) == ["out of memory", "the driver died"]
    assert trials[3].info.status == "KILLED"
    assert trials[2].info.status == "FINISHED"


@pytest.fixture
def folder(make_files, tmp_path):
    """Give a folder that looks like a saved model."""
    return make_files(tmp_path / "model", {"MLmodel": MODEL, "data/weights": "w"})


def test_a_winner_is_registered_with_its_alias(request, searched, outcome, folder):
    """The version has its model, its run and its tags, and the alias points to it."""
    name = request.node.name
    version = searched.winner(outcome(2, "confirm", {"epochs": 4}, test=0.85), "layers", folder, name, True, {"a": "b"})
    assert (version.name, version.version, version.alias) == (name, "1", "champion")
    stored = searched.client.get_model_version_by_alias(name, "champion")
    _, trials = runs_of(searched)
    assert (str(stored.version), stored.run_id, stored.tags) == ("1", trials[2].info.run_id, {"a": "b"})
    paths = {item.path for item in searched.client.list_artifacts(trials[2].info.run_id)}
    assert "model_summary.txt" in paths
    assert (folder / "MLmodel").read_text() == MODEL


def test_without_promotion_the_alias_stays(request, searched, outcome, folder):
    """A second version stands beside the champion until it is promoted; then the first one is remembered."""
    name = request.node.name
    winner = outcome(2, "confirm", {"epochs": 4}, test=0.85)
    searched.winner(outcome(0, "baseline", {}, test=0.81), "layers", folder, name, True, {})
    version = searched.winner(winner, "layers", folder, name, False, {})
    assert (version.version, version.alias) == ("2", None)
    assert str(searched.client.get_model_version_by_alias(name, "champion").version) == "1"
    searched.winner(winner, "layers", folder, name, True, {})
    model = searched.client.get_registered_model(name)
    assert (str(model.aliases["champion"]), model.tags["autotweak.champion_before"]) == ("2", "2,1")


def test_a_winner_that_was_registered_is_not_registered_again(request, searched, outcome, folder):
    """A driver that goes on after the registration finds the version and the model, and moves the alias to it."""
    name = request.node.name
    winner = outcome(2, "confirm", {"epochs": 4}, test=0.85)
    searched.winner(winner, "layers", folder, name, False, {})
    version = searched.winner(winner, "layers", folder, name, True, {})
    assert (version.version, version.alias) == ("1", "champion")
    assert len(searched.client.search_model_versions(f"name = '{name}'")) == 1
    assert len(searched.client.search_logged_models([searched.experiment_id])) == 1
    assert len(runs_of(searched)[1][2].outputs.model_outputs) == 1


@pytest.mark.parametrize("given", ["no folder", "no name"])
def test_nothing_is_registered_that_was_not_given(request, searched, outcome, folder, given):
    """Without a model there is no version; without a name the model is stored and not registered."""
    name = f"none {given}"
    model, registered = (None, name) if given == "no folder" else (folder, None)
    winner = outcome(2, "confirm", {"epochs": 4}, test=0.85)
    assert searched.winner(winner, "layers", model, registered, True, {}) is None
    assert searched.client.search_registered_models(f"name = '{name}'") == []
    stored = searched.client.search_logged_models([searched.experiment_id])
    assert len(stored) == (0 if given == "no folder" else 1)


def test_the_confusion_of_the_winner_is_drawn(searched, outcome, evaluated_with_confusion):
    """Where the test score has a confusion matrix, its figure is with the run."""
    winner = outcome(2, "confirm", {"epochs": 4}).model_copy(update={"test": evaluated_with_confusion})
    searched.winner(winner, "layers", None, None, False, {})
    _, trials = runs_of(searched)
    paths = {item.path for item in searched.client.list_artifacts(trials[2].info.run_id)}
    assert paths == {"model_summary.txt", "confusion_matrix.png"}


@pytest.fixture
def evaluated_with_confusion():
    """Give a test score with its confusion matrix."""
    return validate(evaluated("test", 0.85))


def test_a_run_that_mlflow_has_opened_is_used(request, tracker, monkeypatch):
    """Under ``mlflow run`` the search writes into the run that is open, and changes none of its parameters."""
    experiment = tracker.client.create_experiment(request.node.name)
    run = tracker.client.create_run(experiment)
    tracker.client.log_param(run.info.run_id, "target", "0.80")
    monkeypatch.setenv("MLFLOW_RUN_ID", run.info.run_id)
    tracker.start("another name", "search x", TAGS, {"target": "0.8", "seed": "0"}, "autotweak run x")
    assert (tracker.run_id, tracker.experiment_id) == (run.info.run_id, experiment)
    assert tracker.client.get_run(run.info.run_id).data.params == {"target": "0.80", "seed": "0"}


def test_a_search_that_is_resumed_has_the_same_runs(request, tracker, described, outcome, home):
    """Another tracker finds parent and trials by the search; what is shipped once more changes nothing but the rest."""
    from pipelines.tracking import Tracker

    tags = {**TAGS, "search": request.node.name}
    events = make_events(described, epoch(0, loss=2.0), evaluated("validation", 0.9), FINISHED)
    tracker.start(request.node.name, "search x", tags, {"target": "0.8"}, "autotweak run x")
    follow(tracker, SEARCHED, events, outcome)
    tracker.submitted(CONFIRMED, "confirm")
    before = runs_of(tracker)[1][1]
    history = tracker.client.get_metric_history(before.info.run_id, "loss")
    again = Tracker(home)
    again.start(request.node.name, "search x", tags, {"target": "0.8"}, "autotweak run x", resumed=True)
    assert (again.run_id, again.experiment_id) == (tracker.run_id, tracker.experiment_id)
    follow(again, SEARCHED, events, outcome)
    follow(again, CONFIRMED, make_events(described, evaluated("test", 0.85), FINISHED), outcome)
    again.finish({"trials": 2.0}, {}, "", when=12.0)
    parent, trials = runs_of(again)
    after = trials[1]
    assert (after.info.run_id, after.info.end_time) == (before.info.run_id, before.info.end_time)
    assert (after.data.metrics, after.data.params, after.data.tags) == (
        before.data.metrics,
        before.data.params,
        before.data.tags,
    )
    assert len(tracker.client.get_metric_history(before.info.run_id, "loss")) == len(history) == 1
    assert {run.info.status for run in (parent, *trials.values())} == {"FINISHED"}
    assert sorted(trials) == [1, 2]


def test_an_experiment_that_was_deleted_is_said(request, tracker):
    """The search cannot be tracked there, and the line says so as the tracking server's failure."""
    name = request.node.name
    tracker.client.delete_experiment(tracker.client.create_experiment(name))
    with pytest.raises(PlatformError, match="could not start a run"):
        tracker.start(name, "search x", TAGS, {}, "autotweak run x")


@pytest.mark.parametrize("name", ["a b", "c#", "50%", "what?", "größe"])
def test_experiments_of_any_name(tracker, name, described, outcome):
    """A source's folder may be called anything; its runs and their files are stored all the same."""
    tracker.start(name, "search x", TAGS, {}, "autotweak run x")
    follow(tracker, BASE, make_events(described, "described", evaluated("test", 0.5), FINISHED), outcome)
    tracker.output(0, "printed")
    run = tracker.client.search_runs([tracker.experiment_id], f"tags.`mlflow.parentRunId` = '{tracker.run_id}'")[0]
    assert [item.path for item in tracker.client.list_artifacts(run.info.run_id)] == ["output.log"]


def test_a_single_trial_is_one_run(request, tracker, described, outcome):
    """A trial by itself has no parent; its run has its scores."""
    tracker.start_single(request.node.name, TAGS, CONFIRMED)
    tracker.heard(2, make_events(described, "described", evaluated("test", 0.85), FINISHED))
    tracker.ended(outcome(2, "confirm", {"epochs": 4}))
    (run,) = tracker.client.search_runs([tracker.experiment_id])
    assert "mlflow.parentRunId" not in run.data.tags
    assert (run.info.status, run.data.metrics["test_accuracy"]) == ("FINISHED", 0.85)
    assert run.data.tags["autotweak.role"] == "confirm"


def test_a_store_without_a_server_has_no_pages(searched):
    """Nothing links to a file."""
    assert (searched.page(), searched.page(1), searched.page_of_model("wine", "1")) == ("", "", "")


def test_the_previous_best_is_that_of_another_state_of_the_same_source(tracker, home, request):
    """The last one that has ended; the very same files are passed over, so that a search can be run again."""
    from pipelines.tracking import Tracker

    def search(commit, digest, tweak, status="FINISHED", place="/src/wine"):
        one = Tracker(home)
        tags = {"source": f"{place}@{commit}", "source_commit": commit, "source_digest": digest}
        one.start(request.node.name, "search", tags, {}, "autotweak run x")
        if tweak is not None:
            one.finish({}, {"best_tweak": tweak}, "", status)
        return one

    now = search("c", "3", None)
    assert now.previous_best(Source("/src/wine", "wine", commit="c", digest="3")) == {}
    search("a", "1", '{"C": 10.0}')
    search("b", "2", '{"C": 2.0}')
    search("c", "3", '{"C": 3.0}')
    search("d", "4", '{"C": 4.0}', status="KILLED")
    search("e", "5", '{"C": 5.0}', place="/src/other")
    assert now.previous_best(Source("/src/wine", "wine", commit="c", digest="3")) == {"C": 2.0}
    assert now.previous_best(Source("/src/wine", "wine", commit="f", digest="6")) == {"C": 3.0}
    assert now.previous_best(Source("/src/none", "none", commit="f", digest="6")) == {}
    search("g", "7", "not a tweak")
    assert now.previous_best(Source("/src/wine", "wine", commit="f", digest="6")) == {}
