"""The data cache."""

import pytest

from mlprojects.contract.data_cache import KERAS_DATA, Entry, addresses, entries, file_for, find_url, store


def test_what_is_stored_is_found(tmp_path):
    """An address is found with its content, whatever stands behind a #; adding it again replaces it."""
    cache, content = tmp_path / "data", tmp_path / "x"
    for text in ("old", "new"):
        content.write_text(text)
        store(cache, Entry("url", "http://a/x.csv", "label", {"Content-Type": "text/csv"}), content)
    entry, path = find_url(cache, "http://a/x.csv#top")
    assert (path.read_text(), entry.size, entry.headers["Content-Type"]) == ("new", 3, "text/csv")
    assert find_url(cache, "http://a/y.csv") is None
    assert [found.name for found, _ in entries(cache)] == ["http://a/x.csv"]
    assert path.stat().st_mode & 0o444 == 0o444


def test_a_wrong_digest_is_refused(tmp_path):
    """What is not what the loader demands is not stored, and nothing is left of it."""
    (tmp_path / "x").write_text("x")
    with pytest.raises(ValueError, match="SHA-256"):
        store(tmp_path / "data", Entry("url", "http://a/x"), tmp_path / "x", "0" * 64)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_folder_is_stored(tmp_path):
    """A folder of images is one entry."""
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "1.png").write_bytes(b"123")
    entry = store(tmp_path / "data", Entry("file", "train/cats"), tmp_path / "cats")
    ((_, content),) = entries(tmp_path / "data")
    assert entry.size == 3
    assert (content / "1.png").read_bytes() == b"123"


def test_strange_entries_are_passed_over(tmp_path):
    """A folder that is no entry is none; a cache that is not there is empty."""
    (tmp_path / "data" / "odd").mkdir(parents=True)
    (tmp_path / "data" / "odd" / "entry.json").write_text('{"x": 1}')
    assert list(entries(tmp_path / "data")) == []
    assert list(entries(tmp_path / "nowhere")) == []


@pytest.mark.parametrize(
    ("path", "found"),
    [("../input/train.csv", "a"), ("data/train.csv", "b"), ("x/data/train.csv", "b"), ("train.csv", "a"), ("no", None)],
)
def test_a_missing_file_has_its_stand_in(path, found):
    """The entry with the longest name that the path ends with."""
    assert file_for(path, {"train.csv": "a", "data/train.csv": "b"}) == found


def test_names_of_data_sets():
    """Keras' and seaborn's data sets are known by the addresses that they are asked for under."""
    assert all(addresses(f"keras:{name}") for name in KERAS_DATA)
    assert any(url.endswith("/iris.csv") for url in addresses("seaborn:iris"))
    assert addresses("keras:nothing") is None
    assert addresses("http://a/b") is None
