"""What goes from one machine to another: names and bytes, nothing that is executed.

A sandbox may have put anything into its folder. Only regular files of known places leave it, each of a bounded size;
the driver writes them below the trial's folder and reads them as it reads a local spool: as data that is not trusted.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from mlprojects.contract import journal
from mlprojects.contract.layout import TrialPaths
from pipelines.errors import PlatformError, TrialError
from pipelines.spool import MOST_JOURNAL_BYTES, read_regular

GROWING = ("journal.jsonl", "sealed.jsonl", "output.log")
"""Files that are appended to; new bytes of them are shipped as they come."""
WHOLE = ("model", "plots")
"""Folders that are shipped once, when the trial has ended."""
MOST_BYTES = 8 << 20
"""Of one growing file in one parcel; the rest comes with the next."""
MOST_WHOLE_BYTES = 2 << 30
"""Of one folder that is shipped once; one that is larger stays where it is."""
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
    data: dict[str, str]
    """What the driver's data cache has: see :func:`pipelines.cluster.cached.listing`."""


@dataclass(frozen=True)
class Parcel:
    """News of one trial: bytes after those that were known, checkpoints that are new, and all the rest at its end."""

    grown: dict[str, bytes] = field(default_factory=dict)
    checkpoints: dict[str, bytes] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    """Names of all checkpoints that there are: others are gone."""
    rest: bytes = b""
    """A tar of what is shipped once."""
    last: bool = False
    """The trial has ended, and nothing of it is missing but what is left out."""
    left_out: tuple[str, ...] = ()
    """What of it is too large to be shipped, in words."""


@dataclass(frozen=True)
class Known:
    """What the driver has of one trial already."""

    sizes: dict[str, int] = field(default_factory=dict)
    checkpoints: tuple[str, ...] = ()


def known(trial: TrialPaths) -> Known:
    """What is in a trial's folder."""
    sizes = {name: (trial.root / name).stat().st_size for name in GROWING if (trial.root / name).is_file()}
    return Known(sizes, tuple(sorted(path.name for path in _checkpoints(trial))))


def mend(trial: TrialPaths) -> None:
    """Take back what a driver that was killed has half written of a line: the agent that goes on gets whole ones."""
    for path in (trial.journal, trial.sealed):
        if path.exists():
            os.truncate(path, path.read_bytes().rfind(b"\n") + 1)


def ended(lines: bytes) -> bool:
    """Whether one of a journal's whole lines is a trial's end; lines that are no events are none."""
    for line in lines.splitlines(keepends=True):
        with contextlib.suppress(ValueError, RecursionError):
            if any(event["event"] in journal.TERMINAL for event in journal.parse(line)[0]):
                return True
    return False


def has_ended(trial: TrialPaths) -> bool:
    """Whether a trial has ended by its journal; one that nobody can read has."""
    try:
        return ended(read_regular(trial.journal, 0))
    except TrialError:
        return True


def pack(trial: TrialPaths, had: Known, most: int | None = MOST_BYTES) -> Parcel:
    """What is new in a trial's folder, up to ``most`` bytes of each growing file, or all.

    The line that ends the trial is held back until all else is sent, for whoever reads it looks for the rest at once.
    """
    if trial.root.is_symlink():
        return Parcel()
    grown, more = {}, False
    for name in GROWING:
        # The journal is read first: what it tells of was written before.
        grown[name], left = _grown(trial.root / name, had.sizes.get(name, 0), most)
        more = more or (left and name != trial.journal.name)
    last = ended(grown[trial.journal.name])
    if last and more:
        grown[trial.journal.name], last = b"", False
    elif last:
        grown[trial.journal.name], _ = _grown(trial.journal, had.sizes.get(trial.journal.name, 0), MOST_JOURNAL_BYTES)
    files = {path.name: path for path in _checkpoints(trial)}
    fresh = {name: _checkpoint(path) for name, path in files.items() if name not in had.checkpoints}
    rest, left_out = _tar(trial) if last else (b"", ())
    return Parcel(
        {name: data for name, data in grown.items() if data},
        {name: data for name, data in fresh.items() if data},
        tuple(sorted(files)),
        rest,
        last,
        left_out,
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


def _grown(path: Path, offset: int, most: int | None) -> tuple[bytes, bool]:
    """New bytes of a file, and whether there are more. Of lines only whole ones: a torn one may yet be taken back."""
    try:
        data = read_regular(path, offset, sys.maxsize, -1 if most is None else most + 1)
    except TrialError:
        return b"", False
    more, data = most is not None and len(data) > most, data[:most]
    if path.suffix == ".jsonl":
        whole = data.rfind(b"\n") + 1
        # No event is as long as a parcel: such a line goes as it is, and the driver refuses what it makes of it.
        data = data[:whole] if whole or not more else data
    return data, more


def _checkpoint(path: Path) -> bytes:
    with contextlib.suppress(TrialError):
        return read_regular(path, 0, MOST_CHECKPOINT_BYTES)
    return b""


def _tar(trial: TrialPaths) -> tuple[bytes, tuple[str, ...]]:
    """The folders that are shipped once, and which of them are not: half a model would look like one."""
    buffer, left_out = io.BytesIO(), []
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in WHOLE:
            root = trial.root / name
            if root.is_symlink() or not root.is_dir():
                continue
            files = [path for path in sorted(root.rglob("*")) if _is_regular(path)]
            total = sum(path.lstat().st_size for path in files)
            if total > MOST_WHOLE_BYTES:
                left_out.append(f"{name}/ has {total >> 20} MiB, and at most {MOST_WHOLE_BYTES >> 20} MiB are sent")
                continue
            for path in files:
                tar.add(path, arcname=str(path.relative_to(trial.root)), recursive=False)
    return buffer.getvalue(), tuple(left_out)


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
