"""What a source asks for beside its environment: packages that it names, imports, and that are not there yet.

A requirement of a package that the environment has is left to the environment: its versions are the ones that were
tried together. Addresses, paths and options are not taken from pushed files.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pipelines.inspection.library import Library
from pipelines.inspection.reach import Reach
from pipelines.inspection.reading import list_folder

FILES = ("requirements.txt", "pyproject.toml", "environment.yml", "environment.yaml")
MOST_BYTES = 1 << 20
IMPORTED_AS = {
    "beautifulsoup4": {"bs4"},
    "biopython": {"bio"},
    "imbalanced-learn": {"imblearn"},
    "opencv-contrib-python": {"cv2"},
    "opencv-contrib-python-headless": {"cv2"},
    "opencv-python": {"cv2"},
    "opencv-python-headless": {"cv2"},
    "pillow": {"pil"},
    "pycryptodome": {"crypto"},
    "pyserial": {"serial"},
    "pyyaml": {"yaml"},
    "scikit-image": {"skimage"},
    "scikit-learn": {"sklearn"},
    "tensorflow-cpu": {"tensorflow"},
    "tensorflow-gpu": {"tensorflow"},
    "mlflow-skinny": {"mlflow"},
    "umap-learn": {"umap"},
}
"""Distributions whose modules have another name, folded to lower case."""
_CONDA = re.compile(r"^([A-Za-z0-9._-]+)\s*(?:=+\s*([\w.]+))?(?:=\S*)?$")


@dataclass(frozen=True)
class Asked:
    """One requirement that a source states, and where."""

    requirement: Requirement
    where: str

    @property
    def name(self) -> str:
        """The distribution's name in its normal form."""
        return canonicalize_name(self.requirement.name)


def extra_requirements(root: Path, entry: str, pinned: Iterable[str]) -> tuple[str, ...]:
    """Requirements to add to an environment for one entry, sorted.

    Args:
        root: the source.
        entry: its script, relative to ``root``.
        pinned: names of the distributions that the environment has.
    """
    there = set().union(*(modules_of(canonicalize_name(name)) for name in pinned))
    asked = [found for found in stated(root, entry) if not modules_of(found.name) & there]
    if not asked:
        return ()
    imported = imported_modules(root, entry)
    return tuple(sorted({_bare(found.requirement) for found in asked if modules_of(found.name) & imported}))


def beside(path: Path, pinned: Iterable[str]) -> tuple[str, ...]:
    """The requirements of one file that an environment does not have, sorted; of a saved model these are its source's.

    Args:
        path: a ``requirements.txt``.
        pinned: names of the distributions that the environment has.
    """
    there = set().union(*(modules_of(canonicalize_name(name)) for name in pinned))
    return tuple(sorted({_bare(found.requirement) for found in _read(path) if not modules_of(found.name) & there}))


def _bare(requirement: Requirement) -> str:
    """Without its marker, which was looked at."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{canonicalize_name(requirement.name)}{extras}{requirement.specifier}"


def modules_of(distribution: str) -> set[str]:
    """The top-level modules that a distribution is likely to hold, folded to lower case."""
    plain = distribution.replace("-", "_")
    return IMPORTED_AS.get(distribution, {plain, plain.removeprefix("python_"), plain.removesuffix("_python")})


def imported_modules(root: Path, entry: str) -> set[str]:
    """The top-level modules that the entry and its own modules import, folded to lower case."""
    library = Library(root, list_folder(root, widely=True).python)
    found: set[str] = set()
    for file in Reach(library, entry).files:
        facts = library.facts(file)
        for scope in facts.scopes.values() if facts else ():
            found |= {dotted.split(".")[0].lower() for dotted, _ in scope.imports}
    return found


def stated(root: Path, entry: str) -> list[Asked]:
    """The requirements of the files nearest to the entry: its folder's, else those of a folder above."""
    for folder in (root / parent for parent in PurePosixPath(entry).parents):
        found = [asked for name in FILES for asked in _read(folder / name)]
        if found:
            return [asked for asked in found if _applies(asked.requirement)]
    return []


def _applies(requirement: Requirement) -> bool:
    """Whether a requirement's marker holds here; one that cannot be evaluated asks for nothing."""
    try:
        return requirement.marker is None or requirement.marker.evaluate()
    except (ValueError, LookupError, RecursionError):
        return False


def _read(path: Path) -> Iterator[Asked]:
    if not path.is_file() or path.is_symlink() or path.stat().st_size > MOST_BYTES:
        return
    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"  # PowerShell's > writes UTF-16
    text = data.decode(encoding, errors="replace")
    reader = {"requirements.txt": _plain, "pyproject.toml": _project}.get(path.name, _conda)
    for line, wanted in reader(text):
        try:
            requirement = Requirement(wanted)
        except (InvalidRequirement, RecursionError):
            continue
        if requirement.url is None:
            yield Asked(requirement, f"{path.name}:{line}" if line else path.name)


def _plain(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.replace("\\\n", " ").splitlines(), start=1):
        wanted = line.split(" #")[0].split(" --")[0].strip()
        if wanted and not wanted.startswith(("#", "-")):
            yield number, wanted


def _project(text: str) -> Iterator[tuple[int, str]]:
    try:
        project = tomllib.loads(text).get("project")
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    yield from ((0, item) for item in _list(project, "dependencies") if isinstance(item, str))


def _conda(text: str) -> Iterator[tuple[int, str]]:
    try:
        read: Any = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    for item in _list(read, "dependencies"):
        if isinstance(item, dict):
            yield from ((0, wanted) for wanted in _list(item, "pip") if isinstance(wanted, str))
        elif isinstance(item, str) and (found := _CONDA.match(item.strip())):
            yield 0, f"{found[1]}=={found[2]}" if found[2] else found[1]


def _list(table: Any, key: str) -> list[Any]:
    found = table.get(key) if isinstance(table, dict) else None
    return found if isinstance(found, list) else []
