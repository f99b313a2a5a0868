"""Schedules of the learning rate, written for the script's epochs, made to last for a tweak's.

Pure: no Keras here. A schedule that has faded after the epochs as written would leave more of them without effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Schedule = Callable[..., Any]
COUNTS = ("decay_steps", "first_decay_steps", "warmup_steps", "boundaries")
"""Where the schedules of Keras count steps."""


def stretched(config: dict[str, Any], stretch: float) -> dict[str, Any]:
    """The configuration of a schedule of Keras, with its counts of steps multiplied by ``stretch``."""

    def longer(count: Any) -> Any:
        return [longer(part) for part in count] if isinstance(count, list | tuple) else round(count * stretch)

    return {name: longer(value) if name in COUNTS and value else value for name, value in config.items()}


def slower(schedule: Schedule, stretch: float) -> Schedule:
    """A schedule over epochs that takes ``stretch`` epochs for each as written.

    It is asked once for each epoch as written: some multiply the rate whenever they are asked. One that has been
    slowed already, by an earlier fit, is slowed anew.
    """
    as_written = getattr(schedule, "as_written", schedule)

    def at(epoch: int, rate: float) -> Any:
        written = int(epoch / stretch)
        if epoch and written == int((epoch - 1) / stretch):
            return rate
        try:
            return as_written(written, rate)
        except TypeError:  # as Keras does: one that takes the epoch only
            return as_written(written)

    at.as_written = as_written  # type: ignore[attr-defined]
    return at
