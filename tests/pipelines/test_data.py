"""Filling the data cache."""

import http.server
import threading
from functools import partial

import pytest

from mlprojects.contract.data_cache import find_url
from pipelines.errors import PlatformError, UsageError
from pipelines.sources.data import add, cache_folder, listed


def put(what, home, file=None, name=None):
    """Add something, saying nothing."""
    return add(str(what), home, file, name, lambda _: None)


def test_a_file_is_added_under_the_name_scripts_use(tmp_path):
    """Its own name, or the path given without the way up to it."""
    (tmp_path / "train.csv").write_text("x")
    assert [entry.name for entry in put(tmp_path / "train.csv", tmp_path)] == ["train.csv"]
    assert put(tmp_path / "train.csv", tmp_path, name="../input/train.csv")[0].name == "input/train.csv"
    assert len(listed(tmp_path)) == 2


def test_an_address_is_downloaded(tmp_path):
    """From a real server; what the server does not have is the platform's failure and leaves nothing."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "iris.csv").write_text("a,b\n")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "web")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    (entry,) = put(f"{base}/iris.csv", tmp_path)
    assert entry.size == 4
    with pytest.raises(PlatformError, match="--file"):
        put(f"{base}/missing.csv", tmp_path)
    server.shutdown()
    server.server_close()
    assert find_url(cache_folder(tmp_path), f"{base}/iris.csv")[1].read_text() == "a,b\n"
    assert len(listed(tmp_path)) == 1


def test_a_download_that_is_at_hand(tmp_path):
    """An address is given its content from a file; a data set of several files from a folder."""
    (tmp_path / "dataset_names.txt").write_text("iris")
    (tmp_path / "iris.csv").write_text("a")
    put("http://nowhere.invalid/x.csv", tmp_path, tmp_path / "iris.csv")
    names = [entry.name for entry in put("seaborn:iris", tmp_path, tmp_path)]
    assert [name.rpartition("/")[2] for name in names] == ["dataset_names.txt", "iris.csv"]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("keras:nothing", "one of boston_housing"),
        ("nowhere.csv", "no such file"),
        ("ftp://a/b", "no such file"),
        ("openml:../x", "no such file"),
    ],
)
def test_what_is_not_known(tmp_path, what, says):
    """It is wrong usage, and what is known is said."""
    with pytest.raises(UsageError, match=says):
        put(what, tmp_path)


def test_a_file_that_is_not_the_data_set(tmp_path):
    """Keras demands a digest; another content is refused."""
    (tmp_path / "mnist.npz").write_bytes(b"not it")
    with pytest.raises(UsageError, match="SHA-256"):
        put("keras:mnist", tmp_path, tmp_path / "mnist.npz")
    with pytest.raises(UsageError, match="no such file"):
        put("keras:imdb", tmp_path, tmp_path)
    assert listed(tmp_path) == []
