"""Checkpoints of one fit: whole files, each checked by its digest, of which the last valid one wins.

A kill at any moment leaves the former file or the new one (written beside it, synced, then renamed). What is in a
file is arrays and plain JSON: nothing in it is executed when it is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

KEPT = 2
SHARE_OF_TIME = 0.05
"""Writing checkpoints takes at most this share of the time that passes between them."""
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

    def __init__(self, folder: Path, fit: int, signature: str) -> None:
        """Take the folder, which of the script's fits it is, and what has to be equal for it to go on."""
        self.folder, self.fit, self.signature = folder, fit, signature
        self._written = time.monotonic()
        self._cost_s: float | None = None

    def worthwhile(self, size: int) -> bool:
        """Whether writing ``size`` bytes now keeps to the share of time."""
        cost = size / BYTES_PER_S if self._cost_s is None else self._cost_s
        return cost <= SHARE_OF_TIME * (time.monotonic() - self._written)

    def save(self, checkpoint: Checkpoint) -> Path:
        """Write a checkpoint; older ones but the last are removed."""
        began = time.monotonic()
        self.folder.mkdir(exist_ok=True)
        data = _packed(checkpoint, self.signature)
        path = self.folder / f"{self.fit:04d}-{checkpoint.step:08d}-{hashlib.sha256(data).hexdigest()[:16]}.npz"
        temporary = self.folder / f".{path.name}"
        with temporary.open("wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.rename(path)
        for old in self._files()[KEPT:]:
            old.unlink()
        self._written = time.monotonic()
        self._cost_s = self._written - began
        return path

    def last(self) -> Checkpoint | None:
        """The newest checkpoint that is whole and of such a fit; None where there is none."""
        for path in self._files():
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest()[:16] != path.stem.rpartition("-")[2]:
                continue
            found, signature = _unpacked(data)
            if signature == self.signature:
                found.step = int(path.stem.split("-")[1])
                return found
        return None

    def _files(self) -> list[Path]:
        """Newest first."""
        return sorted(self.folder.glob(f"{self.fit:04d}-*.npz"), reverse=True)


def _packed(checkpoint: Checkpoint, signature: str) -> bytes:
    state = json.dumps({"signature": signature, **checkpoint.state}).encode()
    named: dict[str, Any] = {f"{place:06d}": array for place, array in enumerate(checkpoint.arrays)}
    buffer = io.BytesIO()
    np.savez(buffer, **{_STATE: np.frombuffer(state, dtype=np.uint8), **named})
    return buffer.getvalue()


def _unpacked(data: bytes) -> tuple[Checkpoint, str]:
    with np.load(io.BytesIO(data), allow_pickle=False) as read:
        state = json.loads(read[_STATE].tobytes())
        arrays = [read[name] for name in sorted(read.files) if name != _STATE]
    return Checkpoint(0, arrays, state), state.pop("signature")


def any_in(folder: Path) -> bool:
    """Whether a trial has left a checkpoint: then its working copy is what its next attempt goes on with."""
    return any(zipfile.is_zipfile(path) for path in folder.glob("*.npz"))
