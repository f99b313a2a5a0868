"""The rows that a script's own ``fit`` was given, read without turning a shuffled data set or a generator."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlprojects.keras import data, outputs
from mlprojects.sandbox import rows
from mlprojects.sandbox.seen import Deferred, DeferredError, SeenRows, row_keys
from mlprojects.sandbox.session import TweakError

MOST_SAMPLED = 5000


@dataclass
class Recorder:
    """Passes a stream's batches on and remembers their rows."""

    stream: Any
    most: int | None = None
    keys: Counter[int] = field(default_factory=Counter)
    sample: list[tuple[Any, Any]] = field(default_factory=list)
    taken: int = 0

    def __iter__(self) -> Iterator[Any]:
        return self.run()

    def run(self) -> Iterator[Any]:
        """The stream itself."""
        for number, batch in enumerate(self.stream):
            with contextlib.suppress(TweakError):
                self.note(batch, number)
            yield batch

    def note(self, batch: Any, number: int = 0) -> None:
        """Remember the rows of one batch."""
        x, y, _ = data.parts_of(batch)
        found = row_keys(x)
        if (self.taken < MOST_SAMPLED) if self.most is None else (number < self.most):
            fresh = np.array([place for place, key in enumerate(found) if not self.keys[key]], dtype=int)
            if len(fresh):
                self.sample.append((rows.take(x, fresh), rows.take(y, fresh)))
                self.taken += len(fresh)
        self.keys.update(found)

    def recurs(self) -> bool:
        """Whether the rows came again and again, so that they are known."""
        return self.keys.total() >= 1.5 * max(1, len(self.keys))

    def load(self) -> tuple[Any, Any]:
        """X and y of the rows that were remembered.

        Raises:
            TweakError: there were none.
        """
        if not self.sample:
            raise TweakError("the stream gave no batches of (x, y)")
        return data.join([x for x, _ in self.sample]), data.join([y for _, y in self.sample])


@dataclass
class Source:
    """Training data as the script gave it."""

    given: Any
    load: Callable[[], tuple[Any, Any]]
    """x and y, read when the script has ended; of a stream, a sample."""
    seen: SeenRows
    recorder: Recorder | None = None
    """Of a stream: what went by."""


def watch(arguments: dict[str, Any]) -> tuple[dict[str, Any], Source]:
    """What ``fit`` is to be called with, the same data in the same order, and its source."""
    x, y = arguments["x"], arguments["y"]
    if y is not None:
        y = outputs.table(y, x)
        return arguments, Source(x, lambda: (x, y), SeenRows(x))
    if data.is_stream(x):
        recorder = Recorder(x)
        seen = SeenRows(None, recorder.keys)
        seen.more = [SeenRows(array) for array in _arrays_of_frame(x)]
        return {**arguments, "x": recorder.run()}, Source(x, recorder.load, seen, recorder)
    return arguments, _readable(x, arguments.get("steps_per_epoch"))


def _readable(x: Any, steps: int | None) -> Source:
    """A data set, Sequence or image generator: read at the end, when nobody reads it any more."""
    cache: list[tuple[Any, Any]] = []
    endless = data.is_dataset(x) and not data.is_finite(x) and steps is not None
    batches = 2 * int(steps or 1)
    recorder = Recorder(None, most=batches) if endless else None

    def load() -> tuple[Any, Any]:
        if not cache:
            if recorder is not None:
                for number, batch in enumerate(itertools.islice(data.batches_of(x), batches)):
                    recorder.note(batch, number)
                cache.append(recorder.load())
            else:
                cache.append(data.arrays(x, None, None)[:2])
        return cache[0]

    seen = SeenRows(deferred(lambda: load()[0]))
    if data.is_image_iterator(x):
        seen.more.append(SeenRows(deferred(lambda: data.still_images(x, np.arange(x.n), raw=True)[0])))
    elif data.is_dataset(x):
        seen.more += [SeenRows(deferred(_reader(part))) for part in _before_maps(x)]
    else:
        seen.more += [SeenRows(array) for array in _arrays_of_sequence(x)]
    return Source(x, load, seen, recorder)


def deferred(load: Callable[[], Any]) -> Deferred:
    """Rows that are read when they are asked for."""

    def guarded() -> Any:
        try:
            return load()
        except Exception as error:
            raise DeferredError(str(error)) from error

    return Deferred(guarded)


def _reader(x: Any) -> Callable[[], Any]:
    return lambda: data.arrays(x, None, None)[0]


def _before_maps(x: Any) -> list[Any]:
    """The data sets of (x, y) that ``map`` changes on the way to ``x``: what was there before it was augmented."""
    found = []
    for part in [x, *data.ancestors(x)]:
        if "Map" not in type(part).__name__ or "Flat" in type(part).__name__:
            continue
        for parent in data.ancestors(part)[:1]:
            spec = parent.element_spec
            pair = isinstance(spec, tuple) and len(spec) in (2, 3)
            if not pair or not hasattr(spec[0], "dtype") or not hasattr(spec[1], "shape") or not data.is_finite(parent):
                continue
            found.append(parent.batch(256) if spec[1].shape.rank == 0 else parent)
    return found[-3:]


def _arrays_of_sequence(x: Any) -> list[Any]:
    """Arrays that a Sequence keeps, where its batches are not the same when they are read again (augmented)."""
    try:
        with data.quiet_random():
            first, again = (row_keys(data.parts_of(x[0])[0]) for _ in range(2))
    except Exception:  # the script's own code
        return []
    return [] if first == again else _many_rows(vars(x).values())


def _arrays_of_frame(generator: Any) -> list[Any]:
    """Arrays that a Python generator works on, where it augments them."""
    frame = getattr(generator, "gi_frame", None)
    return _many_rows(frame.f_locals.values()) if frame is not None else []


def _many_rows(values: Any) -> list[Any]:
    return [value for value in values if isinstance(value, np.ndarray) and value.ndim > 1]
