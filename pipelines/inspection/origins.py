"""What a value may come from."""

from dataclasses import dataclass
from typing import NamedTuple

from .catalog import FLUENT_METHODS, TRANSPARENT_ATTRIBUTES
from .terms import Call


@dataclass(frozen=True)
class Made:
    """The result of calling something from outside the source, by its canonical name."""

    name: str
    call: Call
    file: str


@dataclass(frozen=True)
class Name:
    """Something from outside the source, not called: a class, a function, a module."""

    name: str


@dataclass(frozen=True)
class Local:
    """A function, a class or an instance of a class of the source."""

    sort: str
    file: str
    name: str


@dataclass(frozen=True)
class Unknown:
    """Something that cannot be told."""


Origin = Made | Name | Local | Unknown


class Called(NamedTuple):
    """A call, and the file it stands in."""

    call: Call
    file: str


Operations = tuple[str | Called, ...]  # what is done to a value, first to last: attributes taken, calls


def keeps_object(operations: Operations) -> bool:
    """Tell whether after these operations one still has the object they began with (or its members)."""
    waiting = list(operations)
    while waiting:
        operation = waiting.pop(0)
        if isinstance(operation, str):
            is_method = waiting and not isinstance(waiting[0], str)
            if operation not in (FLUENT_METHODS if is_method else TRANSPARENT_ATTRIBUTES):
                return False
            if is_method:
                waiting.pop(0)
    return True
