"""Notebooks as scripts: the one conversion, for the reader outside and the runner inside.

The code cells follow one another, each below a line ``# %% cell N`` (N counts code cells from 1). A line of the
converted text is what evidence and errors give as the line of the notebook, with ``cell N, line M`` beside it.
What IPython understands and Python does not is taken out or put into Python, line for line.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

SUFFIX = ".ipynb"
MOST_BYTES = 64 << 20
"""Notebooks hold their pictures."""
_HEADER = re.compile(r"# %% cell (\d+)$")
_MARKER = re.compile(r"^#\s*(%%|In ?\[|\+(\s|$)|<codecell>)", re.MULTILINE)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_MAGIC = re.compile(
    r"(?P<indent>\s*)(?:%{1,2}(?P<line>\w[\w.]*)(?P<rest>.*)|!(?P<shell>.*)|\?.*|[\w.*]+\?\??\s*;?\s*)$"
)
_ASSIGNED = re.compile(r"(?P<front>\s*[\w., ]+=\s*)(?:!(?P<shell>[^=].*)|%(?P<line>\w+)(?P<rest>.*))$")
_BODY_RUNS = frozenset({"time", "capture", "prun", "memit", "mprun", "lprun"})
_STATEMENT_RUNS = frozenset({"time", "prun", "memit"})
_FILE_COMMANDS = frozenset({"cp", "gunzip", "mkdir", "mv", "tar", "unzip"})
_LEXEME = re.compile(
    r"""(?P<triple>(?P<quote>\"{3}|'{3})(?:\\.|(?!(?P=quote)).)*(?P<closed>(?P=quote))?)"""
    r"""|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\#[^\n]*|(?P<open>[\[({])|(?P<close>[\])}])|(?P<join>\\\n)|(?P<end>\n)|.""",
    re.DOTALL,
)

_FUTURE = re.compile(r"^from __future__ import (?!.*annotations)[\w ,]+$", re.MULTILINE)
"""Python 3 does what these ask for, and forbids them behind other code; each cell of a notebook is a beginning."""


class NotebookError(ValueError):
    """The file is no notebook that Python can run; the reason in one line."""


def is_notebook(name: str) -> bool:
    """Tell a notebook from its file name."""
    return name.endswith(SUFFIX)


def convert(data: bytes) -> str:
    """Give the code of a notebook as one Python text.

    Raises:
        NotebookError: it is not a notebook, or is written in another language.
    """
    try:
        raw = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotebookError(f"not a notebook: {error}") from error
    if not isinstance(raw, dict):
        raise NotebookError("not a notebook: no cells in it")
    cells = raw.get("cells")
    if cells is None and isinstance(raw.get("worksheets"), list):  # the format before 2014
        cells = [cell for sheet in raw["worksheets"] if isinstance(sheet, dict) for cell in sheet.get("cells") or ()]
    if not isinstance(cells, list):
        raise NotebookError("not a notebook: no cells in it")
    language = _language(raw.get("metadata"))
    if language not in ("python", "ipython"):
        raise NotebookError(f"a notebook in {language}, not in Python")
    lines: list[str] = []
    for number, text in enumerate(_code(cells), start=1):
        lines += [f"# %% cell {number}", *_NEWLINE.split(_FUTURE.sub(r"pass  # \g<0>", python_of(text)))]
    return "\n".join([*lines, ""])


def _language(metadata: Any) -> str:
    found = metadata if isinstance(metadata, dict) else {}
    info, kernel = found.get("language_info"), found.get("kernelspec")
    for place, key in ((info, "name"), (kernel, "language")):
        if isinstance(place, dict) and isinstance(place.get(key), str):
            return re.sub(r"\d+$", "", place[key].lower())
    return "python"


def _code(cells: list[Any]) -> Iterator[str]:
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            yield source if isinstance(source, str) else "".join(map(str, source or ()))


def from_marked(text: str) -> str:
    """The Python of a script with IPython's own syntax, pasted or kept as a notebook; any other text as it is.

    Without a notebook's cell markers only what is Python then: a broken script keeps the error that it has.
    """
    python = python_of(text)
    return python if _MARKER.search(text) or _parses(python) else text


def place(lines: Sequence[str], line: int) -> str:
    """``cell 3, line 2`` for a line of a converted text; "" where it is in no cell."""
    for above in range(min(line, len(lines)), 0, -1):
        header = _HEADER.match(lines[above - 1])
        if header:
            return f"cell {header[1]}, line {max(line - above, 1)}"
    return ""


def python_of(text: str) -> str:
    """One cell, or a marked text, with IPython's own syntax put into Python; as many lines as before."""
    text = "\n".join(_NEWLINE.split(text))
    if _parses(text):
        return text
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    magic = re.match(r"%%(\w+)(.*)$", lines[first])
    if magic:
        return "\n".join(_cell_magic(lines, first, magic[1], magic[2]))
    number = 0
    while number < len(lines):
        changed = _line(lines[number])
        if changed is None:
            number += _length(lines, number)
            continue
        continued = lines[number].endswith("\\")
        lines[number], number = changed, number + 1
        while continued and number < len(lines):
            continued = lines[number].endswith("\\")
            lines[number], number = f"# {lines[number]}", number + 1
    return "\n".join(lines)


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _length(lines: list[str], first: int) -> int:
    """How many lines the statement takes that begins on line ``first``: strings, brackets and joined lines are."""
    depth, taken = 0, 0
    for found in _LEXEME.finditer("\n".join(lines[first:])):
        depth += bool(found["open"])
        depth -= bool(found["close"])
        taken += found[0].count("\n")
        if found["end"] and depth <= 0:
            return taken
    return max(1, taken + 1)


def _cell_magic(lines: list[str], first: int, name: str, rest: str) -> list[str]:
    head, body = lines[:first], lines[first + 1 :]
    if name in _BODY_RUNS:
        return [*head, f"pass  # %%{name}{rest}", *python_of("\n".join(body)).split("\n")] if body else [*head, "pass"]
    skipped = [f"# {line}" for line in body]
    if name in ("writefile", "file") and rest.split():
        options, path = rest.split()[:-1], rest.rsplit(maxsplit=1)[-1]
        mode = "a" if "-a" in options else "w"
        content = "\n".join(body) + "\n"
        return [*head, f"with open({path!r}, {mode!r}) as _written: _written.write({content!r})", *skipped]
    return [*head, f"pass  # %%{name}{rest}", *skipped]


def _line(line: str) -> str | None:
    """What stands for a line in IPython's own syntax; None where it is Python."""
    magic = _MAGIC.match(line)
    if magic and (magic["line"] or magic["shell"] is not None or "?" in line):
        return magic["indent"] + _statement(magic, line.strip())
    assigned = _ASSIGNED.match(line)
    if assigned:
        if assigned["shell"]:
            return f"{assigned['front']}__import__('subprocess').getoutput({assigned['shell']!r}).splitlines()"
        runs = assigned["line"] in _STATEMENT_RUNS and _parses(assigned["rest"].strip())
        return assigned["front"] + (assigned["rest"].strip() if runs else f"None  # {line.strip()}")
    return None


def _statement(magic: re.Match[str], original: str) -> str:
    name, rest = magic["line"], (magic["rest"] or "").strip()
    command = (magic["shell"] or "").strip()
    if name in _STATEMENT_RUNS and rest and _parses(rest):
        return rest
    if name == "pylab":
        return f"from pylab import *; import numpy as np; import matplotlib.pyplot as plt  # {original}"
    if name == "cd" and rest and not set(rest) & set("$~{"):
        folder = rest.strip("\"'")
        return f"__import__('os').path.isdir({folder!r}) and __import__('os').chdir({folder!r})"
    if name == "run" and rest:
        script = rest.split()[0].strip("\"'").removeprefix("./").removesuffix(".py")
        if script.isidentifier():
            return f"from {script} import *  # {original}"
        return f"raise RuntimeError({f'{original} is not run here: put it into a module and import it'!r})"
    if command.split()[:1] and command.split()[0] in _FILE_COMMANDS and not set(command) & set("{$"):
        return f"__import__('os').system({command!r})"
    return f"pass  # {original}"
