"""Models on disk."""

import pytest

from pipelines.errors import PlatformError
from pipelines.serving.registry import Version
from pipelines.serving.store import LAST_GOOD, Store, folder_of
from tests.serving.conftest import write_model


def version(number: str, identity: str = "a") -> Version:
    """A version of wine."""
    return Version("wine", number, identity)


def test_a_version_is_fetched_once(tmp_path):
    """What is here is used again, unless the registry means another model by the same number."""
    store, fetched = Store(tmp_path), []

    def fetch(wanted, folder):
        fetched.append(wanted.identity)
        write_model(folder)

    for identity in ("a", "a", "b"):
        stored = store.put(version("1", identity), fetch)
        assert (stored.model / "MLmodel").is_file()
    assert fetched == ["a", "b"]
    assert store.get("1").about == version("1", "b")
    assert store.get("2") is None


def test_a_fetch_that_fails_leaves_nothing(tmp_path):
    """A version appears whole or not at all."""
    store = Store(tmp_path)

    def fetch(wanted, folder):
        folder.mkdir()
        raise PlatformError("cut off")

    with pytest.raises(PlatformError):
        store.put(version("1"), fetch)
    assert store.get("1") is None
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_last_good_one_survives(tmp_path):
    """It is known after a restart; what is neither it nor the one before is removed; a broken file is as none."""
    store = Store(tmp_path)
    assert store.last_good is None
    for number in ("1", "2", "3"):
        store.put(version(number), lambda _, folder: write_model(folder))
    store.is_good("3", "2")
    assert Store(tmp_path).last_good.about.version == "3"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["2", "3", "run"]
    (tmp_path / LAST_GOOD).write_text('{"version"')
    assert Store(tmp_path).last_good is None


def test_a_name_stays_below_the_home(tmp_path):
    """A registered model may have almost any name; none leads out of the folder of served models."""
    for name in ("..", ".", "a/../../b", "a b", "wine"):
        assert folder_of(tmp_path, name).resolve().parent == (tmp_path / "serving").resolve()
