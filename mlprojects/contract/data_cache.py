"""The data cache: what scripts would download, or read from outside their source. Its owner fills it, scripts read it.

One folder per entry: ``<key>/entry.json`` says what it is, ``<key>/content`` is the file (or folder) itself.
An entry of kind ``url`` answers requests for that address; one of kind ``file`` stands where a script names a
file of that name which its source does not have.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

_TF = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_CIFAR = "https://www.cs.toronto.edu/~kriz/"
KERAS_DATA: dict[str, dict[str, str]] = {
    "boston_housing": {f"{_TF}boston_housing.npz": "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"},
    "california_housing": {
        f"{_TF}california_housing.npz": "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
    },
    "cifar10": {f"{_CIFAR}cifar-10-python.tar.gz": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"},
    "cifar100": {
        f"{_CIFAR}cifar-100-python.tar.gz": "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"
    },
    "fashion_mnist": {
        f"{_TF}{name}-ubyte.gz": ""
        for name in ("train-labels-idx1", "train-images-idx3", "t10k-labels-idx1", "t10k-images-idx3")
    },
    "imdb": {
        f"{_TF}imdb.npz": "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
        f"{_TF}imdb_word_index.json": "",
    },
    "mnist": {f"{_TF}mnist.npz": "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"},
    "reuters": {
        f"{_TF}reuters.npz": "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
        f"{_TF}reuters_word_index.json": "",
    },
}
"""The addresses that ``keras.datasets.<name>.load_data()`` asks for, with the SHA-256 that Keras demands."""

_SEABORN = "https://raw.githubusercontent.com/mwaskom/seaborn-data/master/"


def addresses(name: str) -> dict[str, str] | None:
    """What a data set's loader asks for, with the SHA-256 of it or ""; None for a name that is not known.

    ``keras:mnist`` is ``keras.datasets.mnist.load_data()``, ``seaborn:iris`` is ``seaborn.load_dataset("iris")``.
    """
    library, _, data = name.partition(":")
    if library == "seaborn" and data.isidentifier():
        return {f"{_SEABORN}dataset_names.txt": "", f"{_SEABORN}{data}.csv": ""}
    return KERAS_DATA.get(data) if library == "keras" else None


@dataclass(frozen=True)
class Entry:
    """One thing in the cache."""

    kind: str
    """``url`` or ``file``."""
    name: str
    """The address, or the path as scripts name it."""
    label: str = ""
    """What it was added as."""
    headers: dict[str, str] = field(default_factory=dict)
    """What the server said of the content's type and encoding."""
    size: int = 0
    sha256: str = ""
    """Of a file; of a folder that of its list of digests and names."""

    @property
    def key(self) -> str:
        """The name of its folder."""
        return hashlib.sha256(f"{self.kind} {self.name}".encode()).hexdigest()[:24]

    def to_json(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self), sort_keys=True)


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What of an answer's headers says how to read its content."""
    return {name: headers[name] for name in ("Content-Type", "Content-Encoding") if headers.get(name)}


def address(url: str) -> str:
    """An address as the cache has it: what stands behind a # is never sent."""
    return url.partition("#")[0]


def find_url(cache: Path, url: str) -> tuple[Entry, Path] | None:
    """The entry that answers a request, and its content."""
    folder = cache / Entry("url", address(url)).key
    entry = _read(folder)
    return (entry, folder / "content") if entry else None


def entries(cache: Path) -> Iterator[tuple[Entry, Path]]:
    """All entries with their contents, sorted by name."""
    try:
        folders = [path for path in cache.iterdir() if not path.name.startswith(".")]
    except OSError:
        return
    found = [(entry, folder / "content") for folder in folders if (entry := _read(folder))]
    yield from sorted(found, key=lambda pair: (pair[0].kind, pair[0].name))


def store(cache: Path, entry: Entry, source: Path, wanted: str = "") -> Entry:
    """Copy a file or folder into the cache; an entry of the same name is replaced.

    Args:
        cache: the cache's folder, made where it is missing.
        entry: what it is; size and digest are filled in.
        source: the content.
        wanted: the SHA-256 that it has to have, where that is known.

    Raises:
        ValueError: it has another digest.
        OSError: it cannot be read or written.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".new-") as scratch:
        made = Path(scratch) / entry.key
        made.mkdir()
        content = made / "content"
        if source.is_dir():
            shutil.copytree(source, content, ignore_dangling_symlinks=True)
            files = sorted(path for path in content.rglob("*") if path.is_file())
            tree = "".join(f"{_sha256(path)} {path.relative_to(content)}\n" for path in files)
            size = sum(path.stat().st_size for path in files)
            filled = replace(entry, size=size, sha256=hashlib.sha256(tree.encode(errors="surrogateescape")).hexdigest())
        else:
            shutil.copyfile(source, content)
            digest = _sha256(content)
            if wanted and digest != wanted:
                raise ValueError(f"its SHA-256 is {digest}, expected {wanted}")
            filled = replace(entry, size=content.stat().st_size, sha256=digest)
        (made / "entry.json").write_text(filled.to_json(), encoding="utf-8")
        for path in (made, *made.rglob("*")):  # the sandbox's user is another
            path.chmod(0o755 if path.is_dir() else 0o644)
        shutil.rmtree(cache / entry.key, ignore_errors=True)
        made.rename(cache / entry.key)
    cache.chmod(0o755)
    return filled


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _read(folder: Path) -> Entry | None:
    try:
        return Entry(**json.loads((folder / "entry.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def file_for(path: str, files: dict[str, Path]) -> Path | None:
    """What stands for a missing path: the entry with the longest name that the path ends with."""
    steps = [step for step in path.split("/") if step not in ("", ".", "..")]
    for first in range(len(steps)):
        found = files.get("/".join(steps[first:]))
        if found is not None:
            return found
    return None
