"""Errors and places of a script in one line each, as the journal tells them."""

from __future__ import annotations

import linecache
import re
import sys
from types import FrameType

from mlprojects.contract import notebook
from mlprojects.contract.layout import TrialPaths

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_WRAPPED = ("in user code:", "Graph execution error:", "Exception encountered when calling")
"""How TensorFlow and Keras begin an error that has another cause."""
_NAMED = re.compile(r"[A-Za-z_.]*(Error|Exception): \S")
_TRACE = ("File ", "Detected at ", "Node: ", "<stack traces")


def one_line(error: BaseException) -> str:
    """An exception in one line: its kind and what it says, first of all."""
    lines = [line.strip() for line in _STYLE.sub("", str(error)).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if not lines[0].startswith(_WRAPPED) or len(lines) == 1:
        return f"{type(error).__name__}: {lines[0]}"
    cause = next((line for line in lines[1:] if _NAMED.match(line)), None)
    if cause is not None:
        return cause
    traced = [place for place, line in enumerate(lines) if line.startswith(_TRACE)]
    said = lines[traced[-1] + 1 :] if traced else lines[1:]
    return f"{type(error).__name__}: {next((line for line in said if not line.startswith('[[')), lines[-1])}"


def script_line(paths: TrialPaths) -> str:
    """``file:line`` of the innermost frame that is the script's, relative to its source; "" if none."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename.startswith(f"{paths.work}/"):
            return spot(paths, frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return ""


def spot(paths: TrialPaths, filename: str, line: int | None) -> str:
    """``file:line``, relative to the source, with the cell where the file is a notebook."""
    name = filename.removeprefix(f"{paths.work}/")
    cell = notebook.place(linecache.getlines(filename), line or 1) if notebook.is_notebook(name) else ""
    return f"{name}:{line}" + (f" ({cell})" if cell else "")
