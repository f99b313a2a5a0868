"""What becomes of a winner in the registry, and of its plots, against a real store in SQLite."""

import pytest

from pipelines.facts import validate
from tests.pipelines.tracked import MODEL, evaluated, runs_of


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
