"""``autotweak data``: what this machine's owner gives to scripts, because a sandbox cannot download it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from mlprojects.contract.data_cache import KERAS_DATA, Entry, address, addresses, entries, kept_headers, store
from pipelines.environments import Environment, Say, ensure_runtime, ensure_venv
from pipelines.errors import PlatformError, UsageError

TIMEOUT_S = 60.0
_FETCHED = re.compile(r"(sklearn:\w+|openml:(\d+|[\w.()-]+(@\d+)?))$")


def cache_folder(home: Path) -> Path:
    """Where the cache is; sandboxes see it read-only."""
    return home / "data"


def add(what: str, home: Path, file: Path | None, name: str | None, say: Say) -> list[Entry]:
    """Put something into the cache.

    Args:
        what: ``keras:NAME``, ``seaborn:NAME``, ``sklearn:NAME``, ``openml:NAME[@VERSION]``, an address,
            ``s3://BUCKET/KEY`` (an object, or all below the key), a file or a folder.
        home: autotweak's home.
        file: the content of an address, or a folder with all files of a data set, where it is at hand already.
        name: the path by which scripts name a local file; its own name unless given.
        say: is told what goes on.

    Returns:
        What was added.

    Raises:
        UsageError: there is no such thing.
        PlatformError: it cannot be fetched.
    """
    cache = cache_folder(home)
    known = addresses(what)
    if known is not None:
        return [_add_url(cache, url, what, _part(file, url), digest, say) for url, digest in known.items()]
    if what.startswith("keras:"):
        raise UsageError(f"{what}: Keras has no such data set; one of {', '.join(sorted(KERAS_DATA))}")
    if _FETCHED.match(what):
        return _fetched(cache, what, home, say)
    if what.startswith("s3://"):
        return [_from_bucket(cache, what, name, say)]
    if what.startswith(("http://", "https://")):
        return [_add_url(cache, what, what, file, "", say)]
    path = Path(what).expanduser()
    if not path.exists():
        kinds = "a file, an address, s3://BUCKET/KEY, keras:NAME, sklearn:NAME, openml:NAME or seaborn:NAME"
        raise UsageError(f"{what}: no such file, and not a data set that is known; give {kinds}")
    return [_store(cache, Entry("file", _inner(name or path.name), what), path, "")]


def _inner(name: str) -> str:
    """The path by which scripts name a file."""
    steps = [step for step in name.split("/") if step not in ("", ".", "..")]
    if not steps:
        raise UsageError(f"--as {name} names no file")
    return "/".join(steps)


def _from_bucket(cache: Path, what: str, name: str | None, say: Say) -> Entry:
    from pipelines.sources.s3 import download

    with tempfile.TemporaryDirectory() as scratch:
        say(f"downloading {what}")
        path = download(what, Path(scratch))
        return _store(cache, Entry("file", _inner(name or path.name), what), path, "")


def _part(file: Path | None, url: str) -> Path | None:
    """The file for one address of a data set: the one given, or the one of its name in the folder given."""
    return file / url.rpartition("/")[2] if file is not None and file.is_dir() else file


def _add_url(cache: Path, url: str, label: str, file: Path | None, digest: str, say: Say) -> Entry:
    if file is not None:
        if not file.is_file():
            raise UsageError(f"{file}: no such file; it was to be the content of {url}")
        return _store(cache, Entry("url", address(url), label), file, digest)
    say(f"downloading {url}")
    with tempfile.NamedTemporaryFile() as kept:
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - http or https, as asked above
                while part := answer.read(1 << 20):
                    kept.write(part)
                headers = kept_headers(answer.headers)
        except (OSError, ValueError) as error:
            why = error.reason if isinstance(error, urllib.error.URLError) else error
            hint = "download it elsewhere and add it with --file"
            raise PlatformError(f"{url} cannot be downloaded: {why}; {hint}") from error
        kept.flush()
        return _store(cache, Entry("url", address(url), label, headers), Path(kept.name), digest)


def _store(cache: Path, entry: Entry, source: Path, digest: str) -> Entry:
    try:
        return store(cache, entry, source, digest)
    except ValueError as error:
        raise UsageError(f"{entry.name} was not added: {error}") from error
    except OSError as error:
        raise PlatformError(f"{entry.name} cannot be stored: {error.strerror or error}") from error


def _fetched(cache: Path, what: str, home: Path, say: Say) -> list[Entry]:
    """Let scikit-learn fetch a data set in its own environment; no pushed code takes part."""
    environment = Environment("sklearn")
    python = ensure_venv(environment, home, say)
    say(f"fetching {what}")
    command = [str(python), "-m", "mlprojects.sandbox.record", str(cache), what]
    variables = {**os.environ, "PYTHONPATH": str(ensure_runtime(environment, home))}
    done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise PlatformError(f"{what} cannot be fetched: {last}")
    return [entry for entry, _ in entries(cache) if entry.label == what]


def listed(home: Path) -> list[str]:
    """One line for each entry: its size, its name, and what it was added as."""
    lines = []
    for entry, _ in entries(cache_folder(home)):
        added = f"  ({entry.label})" if entry.label not in ("", entry.name) else ""
        lines.append(f"{entry.size / 1e6:10.1f} MB  {entry.name}{added}")
    return lines
