"""Data from the machine's cache: requests are answered from it, and missing files that a script names stand there."""

from __future__ import annotations

import ast
import builtins
import contextlib
import email.message
import functools
import glob
import io
import itertools
import os
import sys
import urllib.request
import urllib.response
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
    """Link what the cache has where the source names a file that it does not have itself.

    A path of another machine (``C:/Users/...``, ``/content/...``) is read from the source, where that has the file.
    """
    files = {entry.name: content for entry, content in entries(cache) if entry.kind == "file"}
    _open_missing(files, paths.work)
    if not files:
        return
    base = os.path.realpath(paths.scratch)
    for name in _named(paths.work):
        target = Path(os.path.normpath(cwd / name))
        content = file_for(name, files)
        within = os.path.realpath(target).startswith(base + os.sep)
        if content is None or not within or os.path.lexists(target):
            continue
        os.makedirs(target.parent, exist_ok=True)
        os.symlink(content, target)


def _open_missing(files: dict[str, Path], work: Path) -> None:
    """Let a file that is read and is not there be opened in the cache or the source: /kaggle/input/..., D:/data/..."""
    original = builtins.open

    @functools.wraps(original)
    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        try:
            return original(file, mode, *args, **kwargs)
        except FileNotFoundError:
            named = isinstance(file, str | os.PathLike) and "r" in mode
            content = (file_for(str(file), files) or own_file(str(file), work)) if named else None
            if content is None:
                raise
            print(f"{file} is not here: reading {content} instead", file=sys.stderr)
            return original(content, mode, *args, **kwargs)

    builtins.open = io.open = opened


def own_file(name: str, work: Path) -> Path | None:
    """The file of the source that an absolute path of another machine means: the one that ends most like it."""
    wanted = PureWindowsPath(name)  # takes both kinds of slash
    if not (wanted.root or wanted.drive) or not wanted.name:
        return None
    if not any(wanted.name.encode() in data for _, data in _scripts(work)):  # what a library looks for is its own
        return None
    found = [path for path in work.rglob(glob.escape(wanted.name)) if path.is_file()]
    ends = [_common_end(path.parts, wanted.parts) for path in found]
    return found[ends.index(max(ends))] if ends and ends.count(max(ends)) == 1 else None


def _common_end(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a[::-1], b[::-1], strict=False))))


def _named(work: Path) -> list[str]:
    found: set[str] = set()
    for path, data in _scripts(work):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            found |= named_paths(ast.parse(notebook.convert(data) if notebook.is_notebook(path.name) else data))
    return sorted(found)


def _scripts(work: Path) -> Iterator[tuple[Path, bytes]]:
    files = (Path(folder, name) for folder, _, names in os.walk(work) for name in names)
    for path in sorted(path for path in files if path.suffix in (".py", notebook.SUFFIX))[:MOST_FILES]:
        with contextlib.suppress(OSError):
            yield path, path.read_bytes()
