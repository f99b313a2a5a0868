"""The one place for the names of files and folders that cross the wall."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PLOT_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".svg", ".pdf"})
MOST_PLOTS = 20
MOST_PLOT_BYTES = 5 << 20


@dataclass(frozen=True)
class TrialPaths:
    """The folder of one trial."""

    root: Path

    @property
    def spec(self) -> Path:
        """Written outside; appearing (by rename) means "go"."""
        return self.root / "spec.json"

    @property
    def journal(self) -> Path:
        """Appended inside, one JSON event a line."""
        return self.root / "journal.jsonl"

    @property
    def sealed(self) -> Path:
        """Test scores of a search trial: recorded inside, not looked at outside."""
        return self.root / "sealed.jsonl"

    @property
    def output(self) -> Path:
        """What the script printed."""
        return self.root / "output.log"

    @property
    def model(self) -> Path:
        """The fitted model in MLflow format, when it was asked for."""
        return self.root / "model"

    @property
    def former(self) -> Path:
        """The working copy of an attempt that was killed after a checkpoint: the files that it had written."""
        return self.scratch / "former"

    @property
    def elsewhere(self) -> Path:
        """There when a process that the script has started fitted a model."""
        return self.scratch / "elsewhere"

    @property
    def checkpoint(self) -> Path:
        """What the fits under way have come to, for a next attempt; removed when the trial ends."""
        return self.root / "checkpoint"

    @property
    def plots(self) -> Path:
        """Figures that the script showed or saved."""
        return self.root / "plots"

    @property
    def scratch(self) -> Path:
        """What surrounds the working copy, so that ``../input`` leads nowhere else; removed when the trial ends."""
        return self.root / "work"

    @property
    def work(self) -> Path:
        """The script's working copy of the source."""
        return self.scratch / "source"


@dataclass(frozen=True)
class SpoolPaths:
    """The folder of one search, mounted at the same place in every sandbox."""

    root: Path

    @property
    def source(self) -> Path:
        """The pinned checkout, read-only inside."""
        return self.root / "source"

    @property
    def data(self) -> Path:
        """The machine's data cache, read-only inside; see :mod:`mlprojects.contract.data_cache`."""
        return self.root / "data"

    @property
    def restart(self) -> Path:
        """Written outside before a sandbox is started again; see :class:`mlprojects.contract.restart.Restart`."""
        return self.root / "restart.json"

    @property
    def trials(self) -> Path:
        """The one folder that the sandbox may write to."""
        return self.root / "trials"

    @property
    def ready(self) -> Path:
        """Written inside when the framework is imported: a trial that is asked for now starts at once."""
        return self.trials / "ready"

    def trial(self, number: int) -> TrialPaths:
        """The folder of trial ``number`` (0 is the baseline)."""
        return TrialPaths(self.trials / f"{number:04d}")

    def numbers(self) -> list[int]:
        """Numbers of the trials whose specification was given, ascending."""
        with os.scandir(self.trials) as entries:
            folders = [Path(entry.path) for entry in entries if entry.name.isdigit()]
        return sorted(int(folder.name) for folder in folders if TrialPaths(folder).spec.exists())


def write_atomic(path: Path, text: str) -> None:
    """Write ``text`` so that a reader sees the old file or the whole new one, also after a crash."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
