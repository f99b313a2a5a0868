"""Versions that a source pins in its lists of requirements, as far as they say which Keras it was written for."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from .accounts import Generation, Place

FILES = ("requirements.txt", "environment.yml", "environment.yaml")
_MOST_BYTES = 1 << 20
_PIN = re.compile(
    r"^\s*(?:-\s*)?(?P<name>keras|tensorflow(?:-cpu|-gpu|-intel|-macos)?)\s*(?P<how>==?|<=?|~=)\s*"
    r"(?P<major>\d+)\.(?P<minor>\d+)(?P<patch>\.\d+)?",
    re.IGNORECASE,
)
_FIRST_WITH_KERAS_3 = {"keras": (3, 0), "tensorflow": (2, 16)}


def pinned_generation(root: Path, entry: str) -> Generation | None:
    """Give Keras 2 where the lists nearest to the entry admit only versions that have it; else nothing."""
    for folder in PurePosixPath(entry).parents:
        for name in FILES:
            found = next(_old(root, (folder / name).as_posix()), None)
            if found:
                return found
    return None


def _old(root: Path, file: str) -> Iterator[Generation]:
    path = root / file
    try:
        if path.is_symlink() or path.stat().st_size > _MOST_BYTES:
            return
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for number, line in enumerate(lines, 1):
        pin = _PIN.match(line)
        if pin and _admits_only_keras_2(pin):
            yield Generation(2, Place(file, number), line.strip().lstrip("- "))


def _admits_only_keras_2(pin: re.Match[str]) -> bool:
    version = (int(pin["major"]), int(pin["minor"]))
    first = _FIRST_WITH_KERAS_3[pin["name"].lower().split("-")[0]]
    if pin["how"] == "~=" and pin["patch"] is None:  # ~=2.12 admits every later 2.x
        return False
    return version <= first if pin["how"] == "<" else version < first
