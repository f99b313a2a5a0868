"""Expressions reduced to what data flow needs. Terms are compared by identity, never by content."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, eq=False, slots=True)
class Imported:
    """Something imported, by its dotted name as written; leading dots say it is relative."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Defined:
    """A function, a class, or (for `self`) an instance of a class defined in the module."""

    name: str
    sort: str


@dataclass(frozen=True, eq=False, slots=True)
class Read:
    """A variable read in a scope; `order` and `path` say where, as in `Store`."""

    scope: str
    name: str
    order: int
    path: tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Attribute:
    """An attribute of a value."""

    base: "Term"
    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """A call and where it stands; unnamed keywords (`**options`) have the name "".

    `constants` are the arguments written as a text, True, False or None, by keyword or by place ("0"), `keys`
    the texts that arguments are indexed with: `model` of `make(config["model"])`.
    """

    function: "Term"
    arguments: tuple["Term", ...]
    keywords: tuple[tuple[str, "Term"], ...]
    line: int
    constants: tuple[tuple[str, str | bool | None], ...] = ()
    keys: tuple[tuple[str, str], ...] = ()

    @property
    def values(self) -> tuple["Term", ...]:
        """All arguments."""
        return self.arguments + tuple(value for _, value in self.keywords)


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """Any of several values: a list, a dict's values, the two arms of a conditional expression."""

    members: tuple["Term", ...]


@dataclass(frozen=True, eq=False, slots=True)
class Opaque:
    """A value that can hold no model: a number, a string, an array expression."""


@dataclass(frozen=True, eq=False, slots=True)
class Elsewhere:
    """A term of another file."""

    term: "Term"
    file: str


ANY = "Anything"  # stands for a name made up when the script runs: it is read as a class where a class may stand

Term = Imported | Defined | Read | Attribute | Call | Group | Opaque | Elsewhere
OPAQUE = Opaque()


class Store(NamedTuple):
    """A value stored in a variable.

    `path` holds the numbers of the blocks around it (loops are negative), `order` grows with the text. A
    store that does not `replace` adds to what is there, as `models.append(SVC())` does. One made `elsewhere`,
    by a function with a `global` statement, can come before any read.
    """

    scope: str
    name: str
    value: Term
    order: int
    path: tuple[int, ...]
    replaces: bool = True
    elsewhere: bool = False


class FieldStore(NamedTuple):
    """A value stored in an attribute; `owner` is the class if it is an attribute of its `self`, else ""."""

    owner: str
    name: str
    value: Term


def visible(stores: list[Store], read: Read) -> list[Store]:
    """Keep the stores of one variable, made in the scope of `read`, that can have been the last before it."""
    start = max(
        (s.order for s in stores if s.replaces and s.order < read.order and _encloses(s.path, read.path)),
        default=-1,
    )
    return [
        store
        for store in stores
        if store.elsewhere
        or (store.order >= start and (store.order < read.order or _share_loop(store.path, read.path)))
    ]


def _encloses(outer: tuple[int, ...], inner: tuple[int, ...]) -> bool:
    return inner[: len(outer)] == outer


def _share_loop(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    for a, b in zip(one, other, strict=False):
        if a != b:
            return False
        if a < 0:
            return True
    return False
