"""Classes that a source names in its YAML files, for Hydra to make: `_target_: sklearn.svm.SVC`."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import yaml

from .names import canonical
from .reading import list_folder

_SUFFIXES = (".yaml", ".yml")
_LAYER = re.compile(r"(?:keras|tensorflow\.[\w.]*keras)\.[\w.]*layers\.\w+$")
_MOST_BYTES = 64 * 1024
_MOST_FILES = 200


class _Named(NamedTuple):
    """A class that is named: in which file, below which keys (folders of the file are keys too)."""

    file: str
    keys: tuple[str, ...]
    target: str


class Configured:
    """What stands in the YAML files of a source; they are read when first asked for."""

    def __init__(self, root: Path) -> None:
        """Take the source."""
        self._root = root
        self._documents: dict[str, Any] | None = None

    def targets(self, entry: str, key: str) -> tuple[str, ...]:
        """Give the dotted names of the classes that `key` of the configuration of `entry` may stand for.

        The files nearest to the entry count. Of several that could be chosen (`model/svm.yaml`, `model/mlp.yaml`)
        those are left that a list of `defaults` chooses.
        """
        for folder in PurePosixPath(entry).parents:
            below = {f: d for f, d in self._read().items() if PurePosixPath(f).is_relative_to(folder)}
            named = [found for file, document in below.items() for found in _named(file, document)]
            named = [found for found in named if key in found.keys]
            if named:
                chosen = {option for document in below.values() for option in _defaults(document, key)}
                kept = [found for found in named if PurePosixPath(found.file).stem in chosen] or named
                return tuple(dict.fromkeys(found.target for found in kept))
        return ()

    def layers(self, entry: str) -> tuple[str, ...]:
        """Give the canonical names of the Keras layers that the files nearest to the entry name, anywhere in them."""
        for folder in PurePosixPath(entry).parents:
            below = [d for f, d in self._read().items() if PurePosixPath(f).is_relative_to(folder)]
            named = [canonical(text) for document in below for text in _texts(document) if _LAYER.match(text)]
            if named:
                return tuple(dict.fromkeys(named))
        return ()

    def _read(self) -> dict[str, Any]:
        if self._documents is None:
            files = list_folder(self._root, suffixes=_SUFFIXES).python[:_MOST_FILES]
            self._documents = {file: _document(self._root / file) for file in files}
        return self._documents


def _document(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return None


def _named(file: str, document: Any) -> Iterator[_Named]:
    """Give the outermost classes of a file: what they are made with does not count."""
    waiting = [(PurePosixPath(file).parts[:-1], document)]
    while waiting:
        keys, part = waiting.pop(0)
        if not isinstance(part, dict):
            continue
        target = part.get("_target_")
        if isinstance(target, str):
            yield _Named(file, keys, target)
        else:
            waiting += [((*keys, str(key)), value) for key, value in part.items()]


def _texts(document: Any) -> Iterator[str]:
    waiting = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict | list):
            waiting += part.values() if isinstance(part, dict) else part


def _defaults(document: Any, key: str) -> Iterator[str]:
    """Give what a list of defaults chooses for a key: `svm` of `- model: svm`."""
    listed = document.get("defaults") if isinstance(document, dict) else None
    for item in listed if isinstance(listed, list) else ():
        for group, option in item.items() if isinstance(item, dict) else ():
            name = str(group).removeprefix("override ").strip("/ ").rpartition("/")[2]
            if name == key and isinstance(option, str):
                yield PurePosixPath(option).stem
