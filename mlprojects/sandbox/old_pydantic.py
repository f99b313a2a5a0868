"""pydantic 1 for the files of a source that asks for it: pydantic 2, which MLflow needs, has it inside."""

from __future__ import annotations

import builtins
import importlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_FILES = ("requirements*.txt", "requirements/*.txt", "pyproject.toml", "setup.py", "setup.cfg", "environment.y*ml")
_PINNED = re.compile(
    r"\bpydantic(?![-\w])(?:\[[\w,]*\])?[\"' ]*(?:=\s*(?=[{\"']))?[{\"']?\s*(?:version\s*=\s*\")?([<>=~^!][^\"'#;\n]*)"
)
_OF_1 = re.compile(r"(?<![<>!=~])(?:={1,3}|~=|\^)\s*1\b|<=?\s*1\.|<\s*2(?:\.0)*(?![.\d])")
_HOME = "pydantic.v1"


def install(entry: Path, work: Path) -> None:
    """Let the files below ``work`` import ``pydantic.v1`` for pydantic, where the source asks for pydantic 1."""
    if not any(_OF_1.search(line) for line in _pins(entry, work)):
        return
    original, inside = builtins.__import__, str(work) + os.sep

    def importing(
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        there = globals or {}
        is_own = str(there.get("__file__")).startswith(inside) or there.get("__name__") == "__main__"
        if level or not is_own or name.split(".", maxsplit=1)[0] != "pydantic" or name.startswith(_HOME):
            return original(name, globals, locals, fromlist, level)
        module = importlib.import_module(_HOME + name.removeprefix("pydantic"))
        return module if fromlist else importlib.import_module(_HOME)

    builtins.__import__ = importing


def _pins(entry: Path, work: Path) -> Iterator[str]:
    """What the files that name packages, from the entry's folder up to the source's, say of pydantic."""
    for folder in entry.parents:
        for path in (found for pattern in _FILES for found in sorted(folder.glob(pattern)) if found.is_file()):
            yield from _PINNED.findall(path.read_text(encoding="utf-8", errors="replace"))
        if folder == work:
            return
