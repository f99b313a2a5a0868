"""Data from the machine's cache: requests are answered from it, and missing files that a script names stand there."""

from __future__ import annotations

import ast
import builtins
import contextlib
import email.message
import functools
import io
import os
import sys
import urllib.request
import urllib.response
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

from mlprojects.contract import notebook
from mlprojects.contract.data_cache import entries, file_for, find_url
from mlprojects.contract.layout import TrialPaths
from mlprojects.contract.paths import named_paths

MOST_FILES = 500


class CacheHandler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Answers requests for what the cache has; others go to the network, and into ``asked`` when that fails."""

    handler_order = 100

    def __init__(self, cache: Path, asked: list[str]) -> None:
        urllib.request.HTTPHandler.__init__(self)
        urllib.request.HTTPSHandler.__init__(self)
        self.cache, self.asked = cache, asked

    def http_open(self, request: urllib.request.Request) -> Any:
        """Answer an ``http:`` request."""
        return self._answer(request, urllib.request.HTTPHandler.http_open)

    def https_open(self, request: urllib.request.Request) -> Any:
        """Answer an ``https:`` request."""
        return self._answer(request, urllib.request.HTTPSHandler.https_open)

    def _answer(self, request: urllib.request.Request, network: Callable[..., Any]) -> Any:
        found = find_url(self.cache, request.full_url)
        if found is None:
            try:
                return network(self, request)
            except OSError:
                self.asked.append(request.full_url)
                raise
        entry, content = found
        headers = email.message.Message()
        for name, value in {**entry.headers, "Content-Length": str(entry.size)}.items():
            headers[name] = value
        answer = urllib.response.addinfourl(content.open("rb"), headers, request.full_url, 200)
        answer.msg = "OK"  # type: ignore[attr-defined]
        return answer


def answer_requests(cache: Path, work: Path) -> list[str]:
    """Answer urllib's requests from the cache, and those of ``requests`` where the source speaks of it.

    Returns:
        The addresses asked for in vain; it grows as the script runs.
    """
    asked: list[str] = []
    urllib.request.install_opener(urllib.request.build_opener(CacheHandler(cache, asked)))
    if any(b"requests" in data for _, data in _scripts(work)):
        _patch_requests(cache, asked)
    return asked


def _patch_requests(cache: Path, asked: list[str]) -> None:
    import requests
    from requests.adapters import HTTPAdapter

    original = HTTPAdapter.send

    @functools.wraps(original)
    def send(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        found = find_url(cache, request.url)
        if found is None:
            try:
                return original(self, request, *args, **kwargs)
            except requests.ConnectionError:
                asked.append(request.url)
                raise
        entry, content = found
        response = requests.Response()
        response.status_code, response.reason = 200, "OK"
        response.url, response.request = request.url, request
        response.headers.update(entry.headers)
        response.raw = content.open("rb")
        return response

    HTTPAdapter.send = send  # type: ignore[method-assign]


def place_files(cache: Path, paths: TrialPaths, cwd: Path) -> None:
    """Link what the cache has where the source names a file that it does not have itself."""
    files = {entry.name: content for entry, content in entries(cache) if entry.kind == "file"}
    base = os.path.realpath(paths.scratch)
    for name in _named(paths.work) if files else ():
        target = Path(os.path.normpath(cwd / name))
        content = file_for(name, files)
        within = os.path.realpath(target).startswith(base + os.sep)
        if content is None or not within or os.path.lexists(target):
            continue
        os.makedirs(target.parent, exist_ok=True)
        os.symlink(content, target)
    _open_missing(files, _own_files(paths.work), base)


def _own_files(work: Path) -> dict[str, Path]:
    """The source's own files by their paths, and by their names where there is one of that name."""
    found = [path for path in sorted(work.rglob("*")) if path.is_file() and path.suffix != ".py"][:MOST_FILES]
    times = Counter(path.name for path in found)
    own = {path.name: path for path in found if times[path.name] == 1}
    return own | {path.relative_to(work).as_posix(): path for path in found}


def _open_missing(files: dict[str, Path], own: dict[str, Path], base: str) -> None:
    r"""Let a file that is read and is not there be opened in the cache: /kaggle/input/..., /content/drive/...

    A path of another machine (C:\Users\me\data.csv) also means the file of that name that the source has.
    """
    original = builtins.open

    @functools.wraps(original)
    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        try:
            return original(file, mode, *args, **kwargs)
        except FileNotFoundError:
            if not isinstance(file, str | os.PathLike) or "r" not in mode:
                raise
            name = os.fspath(file)
            content = file_for(str(name), files)
            if content is None and isinstance(name, str) and _is_elsewhere(name, base):
                content = file_for(name.replace("\\", "/"), own)
                if content is not None:
                    print(f"autotweak: {name} is not here; {content.name} of the source is read", file=sys.stderr)
            if content is None:
                raise
            return original(content, mode, *args, **kwargs)

    builtins.open = io.open = opened


def _is_elsewhere(name: str, base: str) -> bool:
    """Whether a path is one of another machine, or at least leads out of the source."""
    return bool(PureWindowsPath(name).drive) or not os.path.realpath(name).startswith(base + os.sep)


def _named(work: Path) -> list[str]:
    found: set[str] = set()
    for path, data in _scripts(work):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            found |= named_paths(ast.parse(notebook.convert(data) if notebook.is_notebook(path.name) else data))
    return sorted(found)


def _scripts(work: Path) -> Iterator[tuple[Path, bytes]]:
    scripts = [path for path in sorted(work.rglob("*")) if path.suffix in (".py", notebook.SUFFIX)]
    for path in scripts[:MOST_FILES]:
        with contextlib.suppress(OSError):
            yield path, path.read_bytes()
