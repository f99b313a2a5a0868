"""Python files read from a folder: found without following links, decoded, parsed, repaired for a look."""

import ast
import io
import os
import re
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlprojects.contract import notebook

LARGEST_FILE = 2 * 1024 * 1024
_NOT_SOURCE = {"venv", "node_modules", "site-packages", "dist-packages", "__pycache__"}
_SELDOM_SOURCE = {"env", "build", "dist"}
_MOST_REPAIRS = 200
_SUFFIXES = (".py", ".pyw", notebook.SUFFIX)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_MENDABLE = (
    (re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?$"), ""),  # what an unfinished merge has left
    (re.compile(r"^(\s*)print\s*>>.*$"), r"\1pass"),
    (re.compile(r"^(.*?)\bprint[ \t]+([^(\s].*?);?\s*$"), r"\1print(\2)"),
    (re.compile(r"^(.*?)\bprint[ \t]*(\(.*\).*?)\s*$"), r"\1print(\2)"),
    (re.compile(r"^(.*?)\bprint[ \t]*$"), r"\1print()"),
    (re.compile(r"^(\s*except\s+[^,:]+),\s*(\w+)\s*:"), r"\1 as \2:"),
)


@dataclass(frozen=True)
class Folder:
    """The Python files and notebooks of a source, as sorted posix paths relative to its root."""

    python: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """One parsed file. With an `error` ("invalid syntax", at `error_line`) the tree is of a repaired text."""

    lines: tuple[str, ...]
    tree: ast.Module
    error: str | None = None
    error_line: int = 1


def list_folder(root: Path, *, widely: bool = False, suffixes: tuple[str, ...] = _SUFFIXES) -> Folder:
    """List Python files and notebooks below `root`, leaving out hidden, installed and built folders.

    Looked at `widely`, what only has the name of a built folder or an environment is let in. Other `suffixes` list
    other files.
    """
    left_out = _NOT_SOURCE if widely else _NOT_SOURCE | _SELDOM_SOURCE
    python, waiting = [], [(root, "")]
    while waiting:
        folder, prefix = waiting.pop()
        for item in _entries(folder):
            path = prefix + item.name
            if item.name.startswith(".") or item.is_symlink():
                continue
            if item.is_dir(follow_symlinks=False):
                if item.name not in left_out and not Path(item.path, "pyvenv.cfg").exists():
                    waiting.append((Path(item.path), path + "/"))
            elif item.is_file(follow_symlinks=False) and item.name.endswith(suffixes):
                python.append(path)
    return Folder(tuple(sorted(python)))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [item for item in entries if item.name.isprintable()]
    except OSError:
        return []


def is_inside(root: Path, path: str) -> bool:
    """Tell whether `path` is a regular file below `root`, reached without links or `..`."""
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts or "\0" in path:
        return False
    steps = [root.joinpath(*pure.parts[: n + 1]) for n in range(len(pure.parts))]
    return not any(step.is_symlink() for step in steps) and steps != [] and steps[-1].is_file()


def read_bytes(path: Path) -> bytes | None:
    """Give the Python text of a file or notebook; None where it cannot be read or is too large (2 MiB of text)."""
    is_notebook = notebook.is_notebook(path.name)
    try:
        if path.stat().st_size > (notebook.MOST_BYTES if is_notebook else LARGEST_FILE):
            return None
        data = path.read_bytes()
    except OSError:
        return None
    data = notebook.convert(data).encode(errors="replace") if is_notebook else data
    return data if len(data) <= LARGEST_FILE else None


def read_source(path: Path) -> Source | None:
    """Read one file; None where there is nothing to analyse (unreadable, or larger than 2 MiB)."""
    try:
        data = read_bytes(path)
    except notebook.NotebookError as error:
        return Source((), ast.Module([], []), str(error), 1)
    if data is None:
        return None
    text, problem = _decode(data)
    source = _parse(text)
    if problem is not None:
        return Source(source.lines, source.tree, problem, 1)
    if source.error and notebook.is_notebook(path.name):
        place = notebook.place(source.lines, source.error_line)
        return Source(source.lines, source.tree, f"{source.error} ({place})", source.error_line)
    return source


def _decode(data: bytes) -> tuple[str, str | None]:
    """Decode as Python does; what Python would refuse is read as well as can be, and the refusal told."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text, problem = data.decode(encoding), None
    except (SyntaxError, UnicodeError, LookupError) as error:
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        text, problem = data.decode("utf-16" if wide else "latin-1", errors="replace"), str(error)
    if "\0" in text:
        text, problem = text.replace("\0", ""), problem or "source code cannot contain null bytes"
    return text.removeprefix("\ufeff"), problem


def _parse(text: str) -> Source:
    lines = _NEWLINE.split(text)
    try:
        return Source(tuple(lines), _tree(lines))
    except SyntaxError as error:
        marked = notebook.from_marked("\n".join(lines)).split("\n")
        if marked != lines and _is_python(marked):
            return Source(tuple(lines), _tree(marked))
        return Source(tuple(lines), _repaired(lines), error.msg, error.lineno or 1)
    except (RecursionError, MemoryError, ValueError):
        return Source(tuple(lines), ast.Module([], []), "too deeply nested to be read")


def _tree(lines: list[str]) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in somebody's strings are not ours to report
        return ast.parse("\n".join(lines))


def _is_python(lines: list[str]) -> bool:
    try:
        _tree(lines)
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        return False
    return True


def _repaired(original: list[str]) -> ast.Module:
    """Parse what is left when each refused line is put into Python 3, or else taken out."""
    lines = [line.expandtabs() for line in original]
    for _ in range(_MOST_REPAIRS):
        try:
            return _tree(lines)
        except SyntaxError as error:
            number = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
            _repair(lines, number, error.msg)
        except (RecursionError, MemoryError, ValueError):
            break
    return ast.Module([], [])


def _repair(lines: list[str], number: int, message: str) -> None:
    line = lines[number]
    for pattern, replacement in _MENDABLE:
        changed = pattern.sub(replacement, line)
        if changed != line:
            lines[number] = changed
            return
    if line.strip() not in ("pass", ""):
        lines[number] = _indent(line) + "pass"
    elif line.strip() and "indent" in message and not message.startswith("expected"):
        lines[number] = ""  # it fits nowhere
    else:  # the trouble began above
        above = next((n for n in range(number - 1, -1, -1) if lines[n].strip() not in ("pass", "")), None)
        lines[number if above is None else above] = "" if above is None else _indent(lines[above]) + "pass"


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
