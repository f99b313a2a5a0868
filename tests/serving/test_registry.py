"""Promotion and the way back, in a real registry."""

import pytest

from pipelines.errors import UsageError
from pipelines.serving.registry import REFUSED_TAG, Moved
from tests.serving.conftest import register, write_model


@pytest.fixture
def three(registry, tmp_path):
    """Give a name with three versions, of which the last has not reached a target."""
    name, model = tmp_path.name, write_model(tmp_path / "model")
    for tags in (None, None, {}):
        register(registry, name, model, tags)
    return name


def test_promote_and_roll_back(registry, three):
    """The default is the newest version that reached its target; each step back leads to the one before."""
    assert registry.promote(three, "1", "champion") == Moved(three, "champion", "1", None)
    assert registry.promote(three, None, "champion") == Moved(three, "champion", "2", "1")
    assert registry.promote(three, None, "champion") == Moved(three, "champion", "2", "2")
    assert registry.promote(three, "3", "champion").before == "2"
    assert registry.rollback(three, "champion") == Moved(three, "champion", "2", "3")
    assert registry.named(three, "champion").version == "2"
    assert registry.rollback(three, "champion") == Moved(three, "champion", "1", "2")
    with pytest.raises(UsageError, match=r"had the alias champion before: it names version 1$"):
        registry.rollback(three, "champion")
    assert registry.named(three, "champion").version == "1"


def test_an_alias_that_was_moved_by_hand(registry, three):
    """The way back leads to what the alias named before; of several moves, to each one that was noted."""
    move = registry._client.set_registered_model_alias
    registry.promote(three, "1", "champion")
    move(three, "champion", "2")
    assert registry.rollback(three, "champion") == Moved(three, "champion", "1", "2")
    move(three, "champion", "3")
    registry.note(three, "champion")
    move(three, "champion", "2")
    registry.note(three, "champion")
    registry.note(three, "champion")
    assert registry.rollback(three, "champion").version == "3"
    assert registry.rollback(three, "champion").version == "1"
    with pytest.raises(UsageError, match="it names version 1"):
        registry.rollback(three, "champion")
    move(three, "champion", "2")
    assert registry.promote(three, "3", "champion").before == "2"
    assert [registry.rollback(three, "champion").version for _ in range(2)] == ["2", "1"]


def test_a_crash_between_the_alias_and_its_tag(registry, three):
    """The tag is written last; the way back still leads to what the alias named before."""
    registry.promote(three, "1", "champion")
    registry.promote(three, "2", "champion")
    registry._client.set_registered_model_tag(three, "autotweak.champion_before", "1")
    assert registry.rollback(three, "champion").version == "1"


def test_aliases_are_apart(registry, three):
    """Each alias has a history of its own."""
    registry.promote(three, "1", "champion")
    registry.promote(three, "2", "canary")
    with pytest.raises(UsageError, match="nothing has it now"):
        registry.rollback(three, "other")
    with pytest.raises(UsageError, match="it names version 2"):
        registry.rollback(three, "canary")


def test_what_is_not_there_is_one_line(registry, three):
    """Unknown names, versions and aliases, and a former version that was deleted, say what would help."""
    with pytest.raises(UsageError, match="no model is registered as nobody"):
        registry.promote("nobody", None, "champion")
    with pytest.raises(UsageError, match="has no version 9"):
        registry.promote(three, "9", "champion")
    with pytest.raises(UsageError, match="has no version up"):
        registry.promote(three, "up", "champion")
    with pytest.raises(UsageError, match=r"no version of .* has the alias champion"):
        registry.named(three, "champion")
    registry.promote(three, "1", "champion")
    registry.promote(three, "2", "champion")
    registry._client.delete_model_version(three, "1")
    with pytest.raises(UsageError, match=r"version 1 of .* was deleted"):
        registry.rollback(three, "champion")
    assert registry.named(three, "champion").version == "2"


def test_nothing_that_reached_its_target(registry, tmp_path):
    """Without a version that reached its target there is no default."""
    register(registry, tmp_path.name, write_model(tmp_path / "model"), {})
    with pytest.raises(UsageError, match="has reached its target"):
        registry.promote(tmp_path.name, None, "champion")


def test_a_refused_version_loses_the_alias(registry, three):
    """The alias goes back to the good one, and the version says why; an alias that moved on meanwhile stays."""
    registry.promote(three, "1", "champion")
    registry.promote(three, "2", "champion")
    assert registry.refuse(three, "champion", "2", "1", "it died")
    assert registry.named(three, "champion").version == "1"
    assert registry._client.get_model_version(three, "2").tags[REFUSED_TAG] == "it died"
    assert not registry.refuse(three, "champion", "2", "1", "it died")
    with pytest.raises(UsageError, match="it names version 1"):
        registry.rollback(three, "champion")


def test_a_model_is_copied(registry, three, tmp_path):
    """Fetching makes a copy of the model's folder."""
    registry.fetch(registry.version(three, "1"), tmp_path / "copy")
    assert (tmp_path / "copy" / "MLmodel").read_bytes() == (tmp_path / "model" / "MLmodel").read_bytes()
