"""The data cache of a driver on its agents: entries are compared by what they are, and replaced as wholes."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from mlprojects.contract.data_cache import entries
from pipelines.cluster.parcels import untar

_REPLACING = threading.Lock()
"""Searches that open on one agent at the same time bring the same entries."""


def listing(cache: Path) -> dict[str, str]:
    """The digests of all ``entry.json`` by the entries' keys; each has its content's digest in it."""
    folders = [content.parent for _, content in entries(cache)]
    return {folder.name: hashlib.sha256((folder / "entry.json").read_bytes()).hexdigest() for folder in folders}


def lacking(cache: Path, wanted: Mapping[str, str]) -> list[str]:
    """Keys of the entries that a cache does not have, or not as they are wanted."""
    here = listing(cache)
    return [key for key, digest in wanted.items() if here.get(key) != digest]


def replace(cache: Path, data: bytes) -> None:
    """Put a tar of entries into a cache, in place of what is there of the same keys."""
    cache.mkdir(parents=True, exist_ok=True)
    with _REPLACING, tempfile.TemporaryDirectory(dir=cache, prefix=".new-") as scratch:
        untar(data, Path(scratch))
        for made in Path(scratch).iterdir():
            shutil.rmtree(cache / made.name, ignore_errors=True)
            made.rename(cache / made.name)
