"""What goes from one machine to another: names and bytes, nothing that is executed.

A sandbox may have put anything into its folder. Only regular files of known places leave it, each of a bounded size;
the driver writes them below the trial's folder and reads them as it reads a local spool: as data that is not trusted.
"""

from __future__ import annotations

import io
import re
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlprojects.contract.layout import TrialPaths
from pipelines.errors import PlatformError

GROWING = ("journal.jsonl", "sealed.jsonl", "output.log")
"""Files that are appended to; new bytes of them are shipped as they come."""
WHOLE = ("model", "plots")
"""Folders that are shipped once, when the trial has ended."""
MOST_BYTES = 8 << 20
"""Of one growing file in one parcel; the rest comes with the next."""
MOST_WHOLE_BYTES = 2 << 30
MOST_CHECKPOINT_BYTES = 512 << 20
_CHECKPOINT = re.compile(r"[\w-]+(\.[\w-]+)*\.npz")


@dataclass(frozen=True)
class Job:
    """What an agent has to know to run trials of one search."""

    search: str
    environment: str
    extras: tuple[str, ...]
    digest: str
    """Of environment and inside code, as the driver has them."""
    seed: int
    network: bool
    data: tuple[str, ...]
    """Entries of the data cache that the driver has."""


@dataclass(frozen=True)
class Parcel:
    """News of one trial: bytes after those that were known, checkpoints that are new, and all the rest at its end."""

    grown: dict[str, bytes] = field(default_factory=dict)
    checkpoints: dict[str, bytes] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    """Names of all checkpoints that there are: others are gone."""
    rest: bytes = b""
    """A tar of what is shipped once."""


@dataclass(frozen=True)
class Known:
    """What the driver has of one trial already."""

    sizes: dict[str, int] = field(default_factory=dict)
    checkpoints: tuple[str, ...] = ()


def known(trial: TrialPaths) -> Known:
    """What is in a trial's folder."""
    sizes = {name: (trial.root / name).stat().st_size for name in GROWING if (trial.root / name).is_file()}
    return Known(sizes, tuple(sorted(path.name for path in _checkpoints(trial))))


def pack(trial: TrialPaths, had: Known, ended: bool) -> Parcel:
    """What is new in a trial's folder; ``ended``: what is shipped once belongs to it."""
    grown = {name: _after(trial.root / name, had.sizes.get(name, 0)) for name in GROWING}
    files = {path.name: path for path in _checkpoints(trial)}
    fresh = {
        name: _after(path, 0, MOST_CHECKPOINT_BYTES) for name, path in files.items() if name not in had.checkpoints
    }
    return Parcel(
        {name: data for name, data in grown.items() if data},
        {name: data for name, data in fresh.items() if data},
        tuple(sorted(files)),
        _tar(trial) if ended else b"",
    )


def unpack(trial: TrialPaths, parcel: Parcel) -> None:
    """Write a parcel into a trial's folder; the journal last, for what it tells of has to be there by then.

    Raises:
        PlatformError: it holds a name that is none of a trial's.
    """
    for name in parcel.checkpoints:
        if not _CHECKPOINT.fullmatch(name):
            raise PlatformError(f"an agent sent a checkpoint of the name {name!r}")
    if parcel.checkpoints:
        trial.checkpoint.mkdir(exist_ok=True)
    for name, data in parcel.checkpoints.items():
        temporary = trial.checkpoint / f".{name}"
        temporary.write_bytes(data)
        temporary.replace(trial.checkpoint / name)
    for path in _checkpoints(trial):
        if path.name not in parcel.kept:
            path.unlink()
    if parcel.rest:
        with tarfile.open(fileobj=io.BytesIO(parcel.rest)) as tar:
            try:
                tar.extractall(trial.root, filter="data", members=_named(tar))
            except tarfile.FilterError as error:
                raise PlatformError(f"an agent sent a file that leads out of its trial: {error}") from error
    for name in sorted(GROWING, key=lambda name: name.startswith("journal")):
        if name in parcel.grown:
            with (trial.root / name).open("ab") as file:
                file.write(parcel.grown[name])


def _named(tar: tarfile.TarFile) -> list[tarfile.TarInfo]:
    return [member for member in tar if member.isreg() and member.name.partition("/")[0] in WHOLE]


def _checkpoints(trial: TrialPaths) -> list[Path]:
    if trial.checkpoint.is_symlink() or not trial.checkpoint.is_dir():
        return []
    return [path for path in trial.checkpoint.iterdir() if _CHECKPOINT.fullmatch(path.name) and _is_regular(path)]


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _after(path: Path, offset: int, most: int = MOST_BYTES) -> bytes:
    if not _is_regular(path) or (offset == 0 and most == MOST_CHECKPOINT_BYTES and path.lstat().st_size > most):
        return b""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(most)


def _tar(trial: TrialPaths) -> bytes:
    buffer, total = io.BytesIO(), 0
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in _files_of_once(trial):
            total += path.lstat().st_size
            if total > MOST_WHOLE_BYTES:
                break
            tar.add(path, arcname=str(path.relative_to(trial.root)), recursive=False)
    return buffer.getvalue()


def _files_of_once(trial: TrialPaths) -> Iterator[Path]:
    for name in WHOLE:
        root = trial.root / name
        if root.is_dir() and not root.is_symlink():
            yield from (path for path in sorted(root.rglob("*")) if _is_regular(path))


def tar_of(folder: Path, names: list[str] | None = None) -> bytes:
    """A tar of a folder, or of some of its entries."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in sorted(folder.iterdir()):
            if names is None or path.name in names:
                tar.add(path, arcname=path.name)
    return buffer.getvalue()


def untar(data: bytes, folder: Path) -> None:
    """Unpack such a tar."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        tar.extractall(folder, filter="data")
