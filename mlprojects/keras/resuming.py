"""Keras' ``fit`` goes on where a killed attempt left it: at the epoch after the last one that was kept.

A checkpoint holds the variables of model and optimizer, the plain state of the script's callbacks, the logs so far and
the random states of Python and NumPy. The script itself runs from its top again; only the training is not repeated.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from mlprojects.keras import copies, framework
from mlprojects.sandbox.checkpoints import Checkpoint, Store
from mlprojects.sandbox.session import Session

_PLAIN = (bool, int, float, str, type(None))
_OURS = ("model", "_model", "params", "validation_data")
"""Attributes that Keras sets itself."""


class Resumable(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps a fit's checkpoints; the last of its callbacks, so that it sees what the others have made of an epoch."""

    def __init__(self, session: Session, store: Store, callbacks: Sequence[Any]) -> None:
        super().__init__()
        self.session, self.store, self.others = session, store, callbacks
        self.logs: list[dict[str, float]] = []
        self.found: Checkpoint | None = None
        self._already_s = 0.0

    def restore(self, model: Any, x: Any) -> int:
        """Give the model what the last checkpoint holds; how many epochs are done."""
        found = self.store.last()
        if found is None or not _assign(model, x, found.arrays):
            return 0
        self.found, self.logs = found, found.state["logs"]
        self._already_s = found.state["fit_seconds"]
        self.session.fit_seconds += self._already_s
        self.session.journal.append("resumed", fit=self.store.fit, step=found.step)
        return int(found.state["epochs"] if found.state["stopped"] else found.step)

    def on_train_begin(self, _: Any = None) -> None:
        """After the callbacks have begun anew, give them what they knew."""
        if self.found is None:
            return
        arrays = iter(self.found.arrays[self.found.state["variables"] :])
        for callback, known in zip(self.others, self.found.state["callbacks"], strict=False):
            vars(callback).update({name: _unpacked(value, arrays) for name, value in known.items()})
        random.setstate((self.found.state["random"][0], tuple(next(arrays).tolist()), self.found.state["random"][1]))
        np.random.set_state(("MT19937", next(arrays), *self.found.state["numpy"]))
        self.model.history.history = {
            name: [float(epoch[name]) for epoch in self.logs if name in epoch] for name in self.logs[-1]
        }

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the epoch where that is cheap enough."""
        self.logs = [*self.logs[:epoch], {name: float(value) for name, value in (logs or {}).items()}]
        variables = _variables(self.model)
        if self.store.worthwhile(sum(4 * int(np.prod(variable.shape)) for variable in variables)):
            self._save(epoch + 1, variables)

    def on_train_end(self, _: Any = None) -> None:
        """The history that the script gets tells of all epochs."""
        if self.found is not None:
            self.model.history.epoch = list(range(len(self.logs)))

    def _save(self, step: int, variables: list[Any]) -> None:
        arrays = [np.asarray(framework.value_of(variable)) for variable in variables]
        if any(array.dtype.kind not in "biuf" for array in arrays):  # bfloat16 is no type of NumPy's
            return
        packed = [{n: _packed(v, arrays) for n, v in vars(c).items() if _can_be_kept(n, v)} for c in self.others]
        version, words, gauss = random.getstate()
        _, keys, *rest = np.random.get_state()
        arrays += [np.array(words, dtype=np.uint64), np.asarray(keys)]
        state = {
            "variables": len(variables),
            "callbacks": packed,
            "logs": self.logs,
            "epochs": self.params.get("epochs", step),
            "stopped": bool(self.model.stop_training),
            "fit_seconds": self._already_s + self.session.seconds_in_fit(),
            "random": [version, gauss],
            "numpy": rest,
        }
        path = self.store.save(Checkpoint(step, arrays, state))
        self.session.journal.append("checkpointed", fit=self.store.fit, step=step, size_bytes=path.stat().st_size)


def resumable(session: Session, model: Any, arguments: dict[str, Any], callbacks: Sequence[Any]) -> Resumable | None:
    """The callback that keeps this fit's checkpoints; None for the kinds of model whose state cannot be read."""
    fit = session.next_fit()
    if not framework.is_eager(model):
        return None
    signature = f"{copies.structure_of(model)} {arguments['epochs']} {type(getattr(model, 'optimizer', None)).__name__}"
    return Resumable(session, Store(session.paths.checkpoint, fit, signature), callbacks)


def _variables(model: Any) -> list[Any]:
    own = list(model.variables)
    optimizer = getattr(model, "optimizer", None)
    kept = getattr(optimizer, "variables", [])
    return own + list(kept() if callable(kept) else kept)


def _assign(model: Any, x: Any, arrays: list[np.ndarray]) -> bool:
    """Set all variables, or none where they are not those of the checkpoint."""
    framework.build_for_training(model, getattr(x, "shape", None))
    variables = _variables(model)
    if len(variables) > len(arrays) or any(
        tuple(variable.shape) != array.shape for variable, array in zip(variables, arrays, strict=False)
    ):
        return False
    for variable, array in zip(variables, arrays, strict=False):
        variable.assign(array)
    return True


def _can_be_kept(name: str, value: Any) -> bool:
    if name in _OURS:
        return False
    if isinstance(value, list | tuple) and value and all(isinstance(part, np.ndarray) for part in value):
        return True
    return isinstance(value, _PLAIN) or (isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf")


def _packed(value: Any, arrays: list[np.ndarray]) -> Any:
    """Plain JSON; arrays go where the others are."""
    if isinstance(value, list | tuple):
        arrays += [np.asarray(part) for part in value]
        return {"arrays": len(value)}
    if isinstance(value, np.ndarray | np.generic):
        arrays.append(np.asarray(value))
        return {"array": isinstance(value, np.generic)}
    return value


def _unpacked(value: Any, arrays: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "arrays" in value:
        return [next(arrays) for _ in range(value["arrays"])]
    found = next(arrays)
    return found[()] if value["array"] else found
