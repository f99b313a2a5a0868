"""Checkpoints of one fit: whole files, each checked by its digest, of which the last valid one wins.

A kill at any moment leaves the former file or the new one (written beside it, synced, then renamed). What is in a
file is arrays and plain JSON: nothing in it is executed when it is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

KEPT = 2
SHARE_OF_TIME = 0.05
"""Writing checkpoints takes at most this share of the time that passes between them."""
MOST_BYTES = 2 << 30
"""Of all that one trial keeps."""
BYTES_PER_S = 200e6
"""How fast the first one is expected to be written."""
_STATE = "state"


@dataclass
class Checkpoint:
    """What a fit had come to."""

    step: int
    """Epochs, or rounds, that are done."""
    arrays: list[np.ndarray]
    state: dict[str, Any] = field(default_factory=dict)
    """Plain JSON."""


class Store:
    """The checkpoints of one fit of a trial, below the trial's ``checkpoint`` folder."""

    def __init__(self, folder: Path, fit: int, signature: Callable[[], str]) -> None:
        """Take the folder, which of the script's fits it is, and what has to be equal for it to go on.

        The signature is asked for when it is needed: reading all rows takes time.
        """
        self.folder, self.fit, self._signature = folder, fit, signature
        self._written = time.monotonic()
        self._cost_s: float | None = None

    def worthwhile(self, size: int) -> bool:
        """Whether writing ``size`` bytes now keeps to the share of time."""
        cost = size / BYTES_PER_S if self._cost_s is None else self._cost_s
        if cost > SHARE_OF_TIME * (time.monotonic() - self._written):
            return False
        return size + sum(path.stat().st_size for path in self.folder.glob("*.npz")) <= MOST_BYTES

    def save(self, checkpoint: Checkpoint) -> Path:
        """Write a checkpoint; older ones but the last are removed."""
        began = time.monotonic()
        self.folder.mkdir(exist_ok=True)
        state = json.dumps({"signature": self._signature(), **checkpoint.state}).encode()
        named: dict[str, Any] = {f"{place:06d}": array for place, array in enumerate(checkpoint.arrays)}
        temporary = self.folder / f".{self.fit:04d}.npz"
        with temporary.open("wb") as handle:
            np.savez(handle, **{_STATE: np.frombuffer(state, dtype=np.uint8), **named})
            handle.flush()
            os.fsync(handle.fileno())
        path = self.folder / f"{self.fit:04d}-{checkpoint.step:08d}-{_digest(temporary)}.npz"
        temporary.rename(path)
        for fit in range(self.fit + 1):
            for old in self._files(fit)[KEPT if fit == self.fit else 1 :]:
                old.unlink()
        self._written = time.monotonic()
        self._cost_s = self._written - began
        return path

    def last(self) -> Checkpoint | None:
        """The newest checkpoint that is whole and of such a fit; None where there is none."""
        for path in self._files(self.fit):
            if _digest(path) != path.stem.rpartition("-")[2]:
                continue
            with np.load(path, allow_pickle=False) as read:
                state = json.loads(read[_STATE].tobytes())
                if state.pop("signature") == self._signature():
                    arrays = [read[name] for name in sorted(read.files) if name != _STATE]
                    return Checkpoint(int(path.stem.split("-")[1]), arrays, state)
        return None

    def _files(self, fit: int) -> list[Path]:
        """Those of one fit, newest first."""
        return sorted(self.folder.glob(f"{fit:04d}-*.npz"), reverse=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def any_in(folder: Path) -> bool:
    """Whether a trial has left a checkpoint: then its next attempt will want the files that were written beside it."""
    return any(zipfile.is_zipfile(path) for path in folder.glob("*.npz"))
