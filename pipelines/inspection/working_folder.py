"""The folder a script expects to be run in, told by the files it names."""

import ast
from collections.abc import Iterable
from itertools import islice
from pathlib import Path, PurePosixPath

from mlprojects.contract.paths import named_paths

from .reading import read_source

_MOST_FILES = 100  # read again for the paths in them, those nearest to the entry


def working_folder(root: Path, entry: str, files: Iterable[str]) -> str:
    """Give the entry's folder, the root (".") or one between, whichever has most of the paths that are named.

    Args:
        root: the source.
        entry: the script, relative to it.
        files: the script and the modules it reaches.
    """
    own = PurePosixPath(entry).parent
    if own.as_posix() == ".":
        return "."
    trees = [source.tree for file in islice(files, _MOST_FILES) if (source := read_source(root / file))]
    paths = {path for tree in trees for path in named_paths(tree)}
    # A package's module is run from where the package is (python -m pkg.train); any other from its own folder.
    levels = max((node.level for node in ast.walk(trees[0]) if isinstance(node, ast.ImportFrom)), default=0)
    home = own.parents[min(levels, len(own.parents)) - 1] if levels else own
    folders = list(dict.fromkeys((home, own, PurePosixPath(), *own.parents)))
    return max(folders, key=lambda folder: _score(root, folder, paths)).as_posix()  # the first of the best


def _score(root: Path, folder: PurePosixPath, paths: set[str]) -> tuple[int, int, int]:
    """Count the paths that are there; then words that are there as well; then places that could be written to."""
    there = [path for path in paths if _exists(root, folder, path)]
    telling = sum("/" in path.strip("/") or "." in PurePosixPath(path).name.strip(".") for path in there)
    writable = sum(_has_folder(root, folder, path) for path in paths)
    return telling, len(there), writable


def _exists(root: Path, folder: PurePosixPath, text: str) -> bool:
    path = _below(root, folder, text)
    try:
        if path is None:
            return False
        if "*" in path.name:
            return any(path.parent.glob(path.name))
        return path.exists()
    except (OSError, ValueError):
        return False


def _has_folder(root: Path, folder: PurePosixPath, text: str) -> bool:
    path = _below(root, folder, text)
    try:
        return path is not None and path.parent != root and path.parent != root / folder and path.parent.is_dir()
    except (OSError, ValueError):
        return False


def _below(root: Path, folder: PurePosixPath, text: str) -> Path | None:
    """The path, never outside ``root``."""
    parts = list(folder.parts)
    steps = [part for part in text.split("/") if part not in ("", ".")]
    for part in steps:
        if part == ".." and not parts:
            return None
        parts = parts[:-1] if part == ".." else [*parts, part]
    return root.joinpath(*parts) if parts and steps else None
