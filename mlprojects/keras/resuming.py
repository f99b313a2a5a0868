"""Keras' ``fit`` goes on where a killed attempt left it: at the epoch after the last one that was kept.

A checkpoint holds the variables of model and optimizer, the plain state of the script's callbacks, the logs so far and
the random states of Python and NumPy. The script itself runs from its top again; only the training is not repeated.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from mlprojects.keras import copies, data, framework
from mlprojects.sandbox import rows
from mlprojects.sandbox.checkpoints import Checkpoint, Store
from mlprojects.sandbox.session import Session, one_line

_PLAIN = (bool, int, float, str, type(None))
_OURS = ("model", "_model", "params", "validation_data")
"""Attributes that Keras sets itself."""


class Resumable(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps a fit's checkpoints; the last of its callbacks, so that it sees what the others have made of an epoch.

    Whatever it fails at costs checkpoints and no more: the script's fit goes on.
    """

    def __init__(self, session: Session, store: Store, callbacks: Sequence[Any]) -> None:
        super().__init__()
        self.session, self.store, self.others = session, store, callbacks
        self.logs: dict[str, dict[str, float]] = {}
        """By epoch, as text: it goes into JSON."""
        self.found: Checkpoint | None = None
        self.keeps = True
        self._already_s = 0.0

    def restore(self, model: Any, x: Any) -> int:
        """Give the model what the last checkpoint holds; how many epochs are done."""
        done = 0
        with self._at_our_cost():
            found = self.store.last()
            if found is not None and _assign(model, x, found.arrays[: found.state["variables"]]):
                self.found, self.logs = found, found.state["logs"]
                self._already_s = found.state["fit_seconds"]
                self.session.fit_seconds += self._already_s
                self.session.resumed(self.store.fit, found.step)
                done = int(found.state["epochs"] if found.state["stopped"] else found.step)
        return done

    def on_train_begin(self, _: Any = None) -> None:
        """After the callbacks have begun anew, give them what they knew."""
        if self.found is None:
            return
        with self._at_our_cost():
            arrays = iter(self.found.arrays[self.found.state["variables"] :])
            for callback, known in zip(self.others, self.found.state["callbacks"], strict=False):
                vars(callback).update({name: _unpacked(value, arrays) for name, value in known.items()})
            version, gauss = self.found.state["random"]
            random.setstate((version, tuple(next(arrays).tolist()), gauss))
            np.random.set_state(("MT19937", next(arrays), *self.found.state["numpy"]))
            names = dict.fromkeys(name for logs in self.logs.values() for name in logs)
            past = self.logs.values()
            self.model.history.history = {name: [logs[name] for logs in past if name in logs] for name in names}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the epoch where that is cheap enough."""
        with self._at_our_cost():
            self.logs[str(epoch)] = numbers(logs)
            if self.keeps:
                variables = _variables(self.model)
                if self.store.worthwhile(sum(4 * int(np.prod(variable.shape)) for variable in variables)):
                    self._save(epoch + 1, variables)

    def on_train_end(self, _: Any = None) -> None:
        """The history that the script gets tells of all epochs."""
        if self.found is not None:
            with self._at_our_cost():
                self.model.history.epoch = [int(epoch) for epoch in self.logs]

    def _save(self, step: int, variables: list[Any]) -> None:
        arrays = [np.asarray(framework.value_of(variable)) for variable in variables]
        if any(array.dtype.kind not in "biuf" for array in arrays):  # bfloat16 is no type of NumPy's
            self.keeps = False
            return
        packed = [{n: _packed(v, arrays) for n, v in vars(c).items() if _can_be_kept(c, n, v)} for c in self.others]
        version, words, gauss = random.getstate()
        _, keys, *rest = np.random.get_state()
        arrays += [np.array(words, dtype=np.uint64), np.asarray(keys)]
        state = {
            "variables": len(variables),
            "callbacks": packed,
            "logs": self.logs,
            "epochs": int(self.params.get("epochs", step)),
            "stopped": bool(self.model.stop_training),
            "fit_seconds": self._already_s + self.session.seconds_in_fit(),
            "random": [version, gauss],
            "numpy": rest,
        }
        path = self.store.save(Checkpoint(step, arrays, state))
        self.session.journal.append("checkpointed", fit=self.store.fit, step=step, size_bytes=path.stat().st_size)

    @contextlib.contextmanager
    def _at_our_cost(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.keeps = False
            self.session.journal.append("fault", reason=f"no checkpoint: {one_line(error)}")


def numbers(logs: dict[str, Any] | None) -> dict[str, float]:
    """The logs of an epoch that are single numbers: metrics may give one for each class."""
    return {name: float(value) for name, value in (logs or {}).items() if np.ndim(value) == 0}


def resumable(session: Session, model: Any, arguments: dict[str, Any], callbacks: Sequence[Any]) -> Resumable | None:
    """The callback that keeps this fit's checkpoints.

    None where the state of the model cannot be read, and where the data cannot be compared with that of an earlier
    attempt: a script that splits without a seed would have its model tested on rows that it was trained on.
    """
    fit = session.next_fit()
    x, y = arguments["x"], arguments["y"]
    if not framework.is_eager(model) or (y is None and not data.is_image_iterator(x)):
        return None
    written = f"{copies.structure_of(model)} {arguments['epochs']} {type(getattr(model, 'optimizer', None)).__name__}"

    def signature() -> str:
        if y is not None:
            return f"{written} {rows.fingerprint(x, y)}"
        images = (x.filenames, x.classes) if hasattr(x, "filenames") else (x.x, x.y)
        return f"{written} {rows.fingerprint(*(np.asarray(part) for part in images))}"

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
    if [tuple(variable.shape) for variable in variables] != [array.shape for array in arrays]:
        return False
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return True


def _can_be_kept(callback: Any, name: str, value: Any) -> bool:
    """Whether an attribute is state: plain values; arrays of Keras' own callbacks only, others hold data sets."""
    if name in _OURS:
        return False
    if isinstance(value, _PLAIN):
        return True
    parts = value if isinstance(value, list | tuple) and value else [value]
    own = type(callback).__module__.startswith(framework.PACKAGES)
    return own and all(isinstance(part, np.ndarray | np.generic) and part.dtype.kind in "biuf" for part in parts)


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
