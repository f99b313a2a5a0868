"""Searches at a glance, from real folders, locks and logs."""

import json
import shutil

import pytest

from pipelines.glance import Glances, by_state, glance
from pipelines.search.log import Ended


def test_how_each_search_is(tmp_path, make_search, driven):
    """What runs, what its driver's death left, and how the others ended."""
    driven(make_search("1", trials=2))
    make_search("2", trials=1, restarts=("driver", "infrastructure", "driver"))
    make_search("3", how="ended", status="reached")
    make_search("4", how="ended", status="not_reached")
    make_search("5", how="interrupted", reason="Ctrl-C")
    make_search("6", how="failed", reason="no disk")
    found = {one.search: one for one in Glances(tmp_path).all()}
    assert by_state(found.values()) == {
        "running": 1,
        "interrupted": 1,
        "reached": 1,
        "not_reached": 1,
        "stopped": 1,
        "failed": 1,
    }
    assert [found[name].trials for name in ("1", "2", "3")] == [2, 1, 0]
    assert found["2"].restarts == {"driver": 2, "infrastructure": 1}
    assert (found["2"].reason, found["6"].reason) == ("for driver", "no disk")
    assert all(one.began and one.since >= one.began for one in found.values())
    assert (found["1"].name, found["1"].source, found["1"].run_id) == ("wine", "wine", "run-1")


def test_a_search_without_anything_kept_is_none(tmp_path):
    """The folder of a single trial is not listed; a home without searches has none."""
    assert Glances(tmp_path).all() == []
    (tmp_path / "searches" / "trial").mkdir(parents=True)
    assert Glances(tmp_path).all() == []


def test_a_search_whose_driver_has_said_nothing_yet(tmp_path, make_search):
    """It may die before its first line: nothing is known, and nothing breaks."""
    folder = make_search("1")
    folder.log.unlink()
    (found,) = Glances(tmp_path).all()
    assert (found.state, found.began, found.trials) == ("interrupted", 0.0, 0)


def test_any_cut_of_the_log_is_read(make_search):
    """A driver may be killed at any byte."""
    folder = make_search("1", trials=2, restarts=("driver",), how="ended", status="reached")
    whole = folder.log.read_bytes()
    for size in range(0, len(whole), 7):
        folder.log.write_bytes(whole[:size])
        found = glance(folder)
        assert found.status in ("", "reached")
        assert found.trials <= 2


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"options": 3, "task": {"plan": []}}'])
def test_damage_of_what_was_asked_hides_no_search(make_search, damage):
    """It is listed without its name."""
    folder = make_search("1", how="ended", status="reached")
    folder.asked_file.write_text(damage)
    assert (glance(folder).name, glance(folder).status) == ("", "reached")


def test_a_search_that_goes_on_is_read_again(tmp_path, make_search, driven):
    """What is kept of the last time counts only while nothing has changed."""
    folder, glances = make_search("1", trials=1), Glances(tmp_path)
    assert [one.state for one in glances.all()] == ["interrupted"]
    with folder.driving():
        assert [(one.state, one.trials) for one in glances.all()] == [("running", 1)]
        line = next(line for line in folder.log.read_bytes().splitlines(keepends=True) if b'"ended"' in line)
        assert json.loads(line)["event"] == Ended.model_fields["event"].default
        with folder.log.open("ab") as log:
            log.write(line)
        assert [(one.state, one.trials) for one in glances.all()] == [("running", 2)]
    assert [(one.state, one.trials) for one in glances.all()] == [("interrupted", 2)]


def test_a_search_that_is_removed_is_forgotten(tmp_path, make_search):
    """Its owner may remove a folder at any time."""
    folder, glances = make_search("1", how="ended", status="reached"), Glances(tmp_path)
    make_search("2", how="ended", status="reached")
    assert len(glances.all()) == 2
    shutil.rmtree(folder.root)
    assert [one.search for one in glances.all()] == ["2"]
