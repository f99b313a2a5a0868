"""Why a script stopped, in one line that says what would help."""

from __future__ import annotations

import linecache
import os
import re
import socket
import sys
import urllib.error

from mlprojects.sandbox.session import one_line

_REQUIRED = (
    re.compile(r"error: the following arguments are required: (?P<names>.+)"),
    re.compile(r"Error: Missing (?:option|argument|parameter) '?(?P<names>[^'\n]+?)'?\.?$", re.MULTILINE),
    re.compile(r"required (?:flag|argument)s?:? (?P<names>-?-?\w[\w, -]*)"),
    re.compile(r"[Ff]lag (?P<names>--\w+) must have a value other than None"),
)
_NO_NETWORK = (socket.gaierror, ConnectionError, urllib.error.URLError)
_LOADERS = frozenset({"datasets", "gdown", "kaggle", "kagglehub", "opendatasets", "tensorflow_datasets", "wget"})
LONGEST = 1500
ARGUMENTS_HINT = "give them under argv: in autotweak.yaml"


def sane(text: str) -> str:
    """A text that the journal may hold: of a sane length, and without halves of characters."""
    return text[:LONGEST].encode(errors="replace").decode()


def left(code: object, printed: str) -> str:
    """Why a script left with an exit status that is not 0, by the status and the end of what it printed."""
    if isinstance(code, str):
        return f"the script left with: {' '.join(code.split())[:500]}"
    for pattern in _REQUIRED:
        found = pattern.search(printed)
        if found:
            names = found["names"].strip().removeprefix("argument: ")
            return f"the script requires the arguments {names}; {ARGUMENTS_HINT}"
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    said = f": {lines[-1]}" if lines else ""
    hint = f"; it asks for arguments, {ARGUMENTS_HINT}" if re.search(r"(?i)\busage:", printed) else ""
    return f"the script left with exit status {code}{said}{hint}"


def raised(error: BaseException, asked: list[str]) -> str:
    """An exception in one line, with what would help where that is known.

    Args:
        error: what the script raised.
        asked: addresses that it asked for in vain.
    """
    plain = one_line(error)
    line = _last_line(error)
    if isinstance(error, EOFError) and str(error) in ("EOF when reading a line", ""):
        read = f"read it from sys.argv and {_argv(1)}"
        return f"the script asks for input(), and nobody is there to answer; write the value into it, or {read}"
    index = re.search(r"sys\.argv\s*\[\s*(\d+)\s*\]|\bargv\s*\[\s*(\d+)\s*\]", line)
    if isinstance(error, IndexError) and index:
        return f"the script reads the argument {line}, which was not given; {_argv(int(index[1] or index[2]))}"
    wanted = data_name(error, asked)
    if wanted is not None:
        what, name = wanted
        return (
            f"the script downloads {what}, and a sandbox has no network ({plain}); "
            f"`autotweak data add {name}` provides it, or the machine's owner allows the network: --network"
        )
    if isinstance(error, FileNotFoundError) and _was_writing(error, line):
        folder = os.path.dirname(str(error.filename or "")) or "its folder"
        return f"{plain}; {folder} is not in the source, and Git keeps no empty folder: let the script make it"
    if isinstance(error, FileNotFoundError):
        name = re.split(r"[\\/]", str(error.filename or ""))[-1] or "FILE --as NAME"
        return f"{plain}; put the file into the source, or give it to this machine: `autotweak data add {name}`"
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.split(".")[0]
        if package in sys.modules:
            return plain
        missing = f"{plain}; {package} is neither in the source nor in the environment that its family runs in"
        if package in _LOADERS:
            return f"{missing}: download the data yourself and use `autotweak data add`"
        return f"{missing}: name it in the source's requirements.txt"
    if any(isinstance(cause, _NO_NETWORK) and _is_network(cause) for cause in chain(error)):
        return f"{plain}; a sandbox has no network: do without, or the machine's owner allows it: --network"
    return plain


def data_name(error: BaseException, asked: list[str]) -> tuple[str, str] | None:
    """What a script tried to download, and the name that ``autotweak data add`` knows it by.

    None where nothing was asked of the network in vain: a loader also fails on data that is there.
    """
    network = any(_is_network(cause) for cause in chain(error))
    if not asked and not network:
        return None
    trace = error.__traceback__
    while trace is not None:
        code, local = trace.tb_frame.f_code, trace.tb_frame.f_locals
        library = trace.tb_frame.f_globals.get("__name__", "")
        if code.co_name.startswith("fetch_") and library.startswith("sklearn.datasets."):
            if code.co_name == "fetch_openml":
                name = f"openml:{local.get('name') or local.get('data_id')}"
                if local.get("name") and local.get("version", "active") != "active":
                    name += f"@{local['version']}"
                return f"the OpenML data set {name.partition(':')[2]}", name
            name = code.co_name.removeprefix("fetch_")
            return f"scikit-learn's {name}", f"sklearn:{name}"
        found = re.search(r"keras\S*\.datasets\.(\w+)$", library)
        if found and code.co_name == "load_data":
            return f"Keras' data set {found[1]}", f"keras:{found[1]}"
        if code.co_name == "load_dataset" and library == "seaborn.utils":
            return f"seaborn's data set {local.get('name')}", f"seaborn:{local.get('name')}"
        trace = trace.tb_next
    return (asked[-1], asked[-1]) if asked and network else None


def _is_network(error: BaseException) -> bool:
    answered = isinstance(error, urllib.error.HTTPError)
    return not answered and (isinstance(error, OSError) or "URL fetch failure" in str(error))


def chain(error: BaseException) -> list[BaseException]:
    """An exception and those that led to it."""
    found: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in found and len(found) < 10:
        found.append(step)
        step = step.__cause__ or step.__context__
    return found


def _last_line(error: BaseException) -> str:
    """The text of the line that raised, where its file is at hand."""
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno).strip()


def _was_writing(error: BaseException, line: str) -> bool:
    """Whether a file could not be opened because there is no folder to write it into."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    mode = trace.tb_frame.f_locals.get("mode") if trace is not None else None
    return (isinstance(mode, str) and mode[:1] in "wax") or bool(re.search(r"""open\(.*["'][wax]b?t?\+?["']""", line))


def _argv(count: int) -> str:
    example = ", ".join(["..."] * count)
    return f"give it under argv: in autotweak.yaml (argv: [{example}])"
