"""The spool from outside: specifications go in, journals come out, and nothing in there is trusted."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from mlprojects.contract import journal
from mlprojects.contract.layout import (
    MOST_PLOT_BYTES,
    MOST_PLOTS,
    PLOT_SUFFIXES,
    SpoolPaths,
    TrialPaths,
    write_atomic,
)
from mlprojects.contract.restart import Restart
from mlprojects.contract.trial import TrialSpec
from pipelines.errors import PlatformError, TrialError
from pipelines.facts import Event, validate

MOST_JOURNAL_BYTES = 64 << 20
MOST_MODEL_BYTES = 4 << 30


def search_identifier() -> str:
    """A name for a search that sorts by time and is like no other."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"


def spool_folder(home: Path, search: str) -> Path:
    """Where the spool of a search is on this machine."""
    return home / "searches" / search


class Spool:
    """The folder of one search."""

    def __init__(self, root: Path) -> None:
        self.paths = SpoolPaths(root)
        root.mkdir(parents=True, exist_ok=True)
        self.paths.trials.mkdir(exist_ok=True)

    def give_to(self, uid: int, gid: int) -> None:
        """Let the sandbox's user write trials and read the source (only root can and needs to)."""
        os.chown(self.paths.trials, uid, gid)
        self._owner = (uid, gid)
        self.show_source()

    def show_source(self) -> None:
        """Let the sandbox's user read a source that was put there after the sandbox was made."""
        if self._owner is not None and self.paths.source.is_dir():
            for path in (self.paths.source, *self.paths.source.rglob("*")):
                if not path.is_symlink():
                    path.chmod(stat.S_IMODE(path.stat().st_mode) | (0o055 if path.is_dir() else 0o044))

    def empty_source(self) -> None:
        """Take away what is there, not the folder itself: it may be mounted already."""
        self.paths.source.mkdir(exist_ok=True)
        for path in self.paths.source.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def touch(self) -> None:
        """Tell the sandbox that it is still wanted."""
        os.utime(self.paths.trials)

    @property
    def ready(self) -> bool:
        """Whether the sandbox has the framework imported, as it says."""
        return os.path.lexists(self.paths.ready)

    def link_data(self, cache: Path) -> None:
        """Let a local process see the data cache; in a container it is mounted."""
        if not self.paths.data.exists():
            self.paths.data.symlink_to(cache.resolve())

    _owner: tuple[int, int] | None = None

    def submit(self, spec: TrialSpec, fill: Callable[[TrialPaths], None] | None = None) -> None:
        """Write a specification; its appearing is the sandbox's "go". ``fill`` puts beside it what was before."""
        # Made where the sandbox cannot write, then moved: a rename follows no link that was put in its place.
        made = TrialPaths(self.paths.root / f".trial-{spec.trial}")
        made.root.mkdir(exist_ok=True)
        write_atomic(made.spec, spec.to_json())
        if fill is not None:
            fill(made)
        if self._owner is not None:
            for path in (made.root, *(path for path in made.root.rglob("*") if path != made.spec)):
                os.chown(path, *self._owner, follow_symlinks=False)
        try:
            made.root.rename(self.paths.trial(spec.trial).root)
        except OSError as error:
            raise PlatformError(f"trial {spec.trial} cannot be given to the sandbox: {error.strerror}") from error

    def given(self, number: int) -> bool:
        """Whether a trial's specification was given."""
        return os.path.lexists(self.paths.trial(number).root)

    def begun(self, number: int) -> bool:
        """Whether an attempt at a trial has started, as far as its journal can be read."""
        with contextlib.suppress(TrialError):
            return any(event.event == "started" for event in self.tail(number).read())
        return False

    def say(self, restart: Restart) -> None:
        """Tell the sandbox that is started next what was before it."""
        write_atomic(self.paths.restart, restart.to_json())

    def shed(self) -> None:
        """Remove what nobody needs when a search is over; what was decided, and what its trials said, stays.

        It is the copy of the source, and models and figures, which the tracking server has.
        """
        folders = [self.paths.source]
        for trial in map(self.paths.trial, self.paths.numbers()):
            if not trial.root.is_symlink():  # the sandbox may have put a link there: what is behind it is not ours
                folders += [trial.model, trial.plots, trial.scratch, trial.checkpoint]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)  # a link is left alone

    def tail(self, number: int) -> JournalTail:
        """A reader of one trial's journal that remembers how far it came."""
        return JournalTail(self.paths.trial(number))

    def model_folder(self, number: int) -> Path:
        """The saved model of a trial.

        Raises:
            TrialError: it is not a folder of regular files of a sane size.
        """
        trial = self.paths.trial(number)
        root, total = trial.model, 0
        for folder, names, files in os.walk(root, followlinks=False):
            for name in (*names, *files):
                info = os.lstat(Path(folder) / name)
                if not (stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)):
                    raise TrialError(f"the saved model has an entry that is not a file: {name}")
                total += info.st_size
        if not (root / "MLmodel").is_file() or root.is_symlink() or trial.root.is_symlink():
            raise TrialError("the trial saved no model in MLflow format")
        if total > MOST_MODEL_BYTES:
            raise TrialError(f"the saved model is larger than {MOST_MODEL_BYTES >> 30} GiB")
        return root


class JournalTail:
    """New events of one trial."""

    def __init__(self, paths: TrialPaths) -> None:
        self.paths = paths
        self.offset = 0

    def read(self) -> list[Event]:
        """Events since the last call.

        Raises:
            TrialError: the journal is not a regular file, is too large, or has a line that is not an event.
        """
        data = read_regular(self.paths.journal, self.offset)
        try:
            raw, taken = journal.parse(data)
        except (ValueError, RecursionError) as error:
            raise TrialError(f"the journal cannot be read: {error}") from error
        self.offset += taken
        return [validate(event) for event in raw]


def read_output(paths: TrialPaths, most: int = 20_000) -> str:
    """The end of what the script printed."""
    try:
        data = read_regular(paths.output, 0)
    except TrialError:
        return ""
    return data[-most:].decode("utf-8", errors="replace")


def read_plots(paths: TrialPaths) -> dict[str, bytes]:
    """The figures of a trial by their names: regular image files of a sane size, and not too many of them."""
    if paths.root.is_symlink() or paths.plots.is_symlink() or not paths.plots.is_dir():
        return {}
    names = sorted(path.name for path in paths.plots.iterdir() if path.suffix.lower() in PLOT_SUFFIXES)
    found: dict[str, bytes] = {}
    for name in [name for name in names if name.isprintable() and not name.startswith(".")][:MOST_PLOTS]:
        with contextlib.suppress(TrialError):
            found[name] = read_regular(paths.plots / name, 0, MOST_PLOT_BYTES)
    return {name: data for name, data in found.items() if data}


def read_regular(path: Path, offset: int, most: int = MOST_JOURNAL_BYTES, part: int = -1) -> bytes:
    """Read a file that the sandbox may have replaced with anything: no link is followed, no pipe waited for.

    Args:
        path: where it is, or is not: that reads as empty.
        offset: of the first byte that is read.
        most: bytes that the whole file may have.
        part: bytes that are read at once; all unless given.

    Raises:
        TrialError: it is not a regular file, or is too large.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        folder = os.open(path.parent, flags | os.O_DIRECTORY)  # the trial's folder may be a link as well
        try:
            handle = os.open(path.name, flags, dir_fd=folder)
        finally:
            os.close(folder)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise TrialError(f"{path.name} cannot be read: {error.strerror}") from error
    info = os.fstat(handle)
    if not stat.S_ISREG(info.st_mode):  # asked before fdopen, which raises for a folder
        os.close(handle)
        raise TrialError(f"{path.name} is not a regular file")
    with os.fdopen(handle, "rb") as file:
        if info.st_size > most:
            raise TrialError(f"{path.name} is larger than {most >> 20} MiB")
        file.seek(offset)
        return file.read(part)
