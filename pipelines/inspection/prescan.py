"""Which files are worth parsing, told from their bytes: those that speak of training, and who imports them."""

import re
from collections.abc import Iterable
from pathlib import Path

from mlprojects.contract.notebook import NotebookError

from .local_imports import LocalImports
from .reading import read_bytes

_TRAINING = re.compile(
    rb"fit|train|learn|search|cross_val|_curve|permutation_test|gradients|minimize|backward|\bgrad\b|optim|\bcv\b|compare_models"
)
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n#;]*)|import[ \t]+([^\n#;]*))", re.MULTILINE
)


def scan(root: Path, imports: LocalImports, files: Iterable[str]) -> tuple[set[str], dict[str, set[str]]]:
    """Give the files that may train, themselves or by what they import, and for each file its importers."""
    importers: dict[str, set[str]] = {}
    promising: set[str] = set()
    for file in files:
        data = _read(root / file)
        if _TRAINING.search(data):
            promising.add(file)
        for dotted in _imported_names(data):
            found = imports.find(file, dotted)
            if found:
                importers.setdefault(found[0], set()).add(file)
    return with_importers(promising, importers), importers


def with_importers(files: Iterable[str], importers: dict[str, set[str]]) -> set[str]:
    """Give the files and all that import them, directly or not."""
    found, waiting = set(files), list(files)
    while waiting:
        for importer in importers.get(waiting.pop(), set()) - found:
            found.add(importer)
            waiting.append(importer)
    return found


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path) or b""
    except NotebookError:
        return b""


def _imported_names(data: bytes) -> Iterable[str]:
    for module, names, modules in _IMPORT.findall(data):
        listed = (modules or names).decode("utf-8", "replace").strip("() \t\r\n").split(",")
        start = module.decode("utf-8", "replace")
        joint = "" if not start or start.endswith(".") else "."
        for item in listed:
            words = item.split()
            if words:
                yield start + joint + words[0] if words[0] != "*" else start
