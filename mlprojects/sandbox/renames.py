"""Names that libraries have dropped, given back where they mean the same; where not, what replaced them.

Only what fails without it is touched: a name that is there, and a call that works, are left as they are. So a
script that runs by itself gives bit for bit the same with these rows installed.
"""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import inspect
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from opcode import opmap
from types import FrameType, MappingProxyType, ModuleType
from typing import Any

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Module:
    """A module that is gone; what it held is now in others."""

    old: str
    new: tuple[str, ...]
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What it held besides, by name: a stand-in, or the reason (a text) why there is none."""


@dataclass(frozen=True)
class Name:
    """A name of a module or class that is gone, and what stands for it."""

    old: str
    new: Any


@dataclass(frozen=True)
class Gone:
    """A name of a module that is gone without an equal, and what replaced it."""

    old: str
    reason: str


@dataclass(frozen=True)
class Call:
    """A function or method that no longer takes some arguments.

    ``change`` gets the arguments (without ``self``) and gives them as they are taken today, or None where there
    is nothing to change.
    """

    of: str
    change: Callable[[tuple[Any, ...], dict[str, Any]], Arguments | None]
    instead: str = ""
    """The function that takes the changed arguments, where it is another one."""


@dataclass(frozen=True)
class Places:
    """A function or method that today takes by name only what it once took by place as well."""

    of: str
    order: tuple[str, ...]
    """The names (without ``self``) in the order in which they were taken."""

    def change(self, args: tuple[Any, ...], given: dict[str, Any], places: int) -> Arguments | None:
        """The arguments with a name for each that comes after the ``places`` first ones."""
        names = self.order[places : len(args)]
        if len(args) <= places or len(args) > len(self.order) or not given.keys().isdisjoint(names):
            return None
        return args[:places], {**given, **dict(zip(names, args[places:], strict=True))}


Row = Module | Name | Gone | Call | Places


def renamed(**names: str) -> Callable[[tuple[Any, ...], dict[str, Any]], Arguments | None]:
    """Keywords that have another name today."""

    def change(args: tuple[Any, ...], given: dict[str, Any]) -> Arguments | None:
        changed = {}
        for name, value in given.items():
            head, separator, rest = name.partition("__")
            changed[names.get(head, head) + separator + rest] = value
        return None if changed.keys() == given.keys() else (args, changed)

    return change


def preload(rows: Sequence[Row]) -> None:
    """Import what the rows are about, and read what it takes: done before a fork, it costs no trial anything."""
    for row in rows:
        if isinstance(row, Call | Places):
            _signature(_named(row.of))
        elif not isinstance(row, Module):
            home_of(row.old)


def install(rows: Sequence[Row]) -> None:
    """Make the old names work for the length of this process."""
    modules = {row.old: row for row in rows if isinstance(row, Module)}
    reasons: dict[str, dict[str, str]] = {}
    for row in rows:
        if isinstance(row, Name):
            home, name = home_of(row.old)
            if not _has(home, name):
                setattr(home, name, row.new)
        elif isinstance(row, Call):
            home, name = home_of(row.of)
            original = getattr(home, name)
            instead = _named(row.instead) if row.instead else original
            setattr(home, name, _translating(original, row.change, is_method=isinstance(home, type), instead=instead))
        elif isinstance(row, Places):
            home, name = home_of(row.of)
            original, is_method = getattr(home, name), isinstance(home, type)
            change = functools.partial(row.change, places=_places(original) - is_method)
            setattr(home, name, _translating(original, change, is_method=is_method))
        elif isinstance(row, Gone):
            reasons.setdefault(row.old.rpartition(".")[0], {})[row.old.rpartition(".")[2]] = row.reason
    for name, known in reasons.items():
        _explain(importlib.import_module(name), known)
    sys.meta_path.append(_Finder(modules))
    for name in modules:
        parent = sys.modules.get(name.rpartition(".")[0])
        if parent is not None and not hasattr(parent, "__path__"):
            parent.__path__ = []  # so that the import system asks for its submodules at all


def home_of(dotted: str) -> tuple[Any, str]:
    """The module or class that holds ``dotted``, and the last name."""
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            home: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:-1]:
            home = getattr(home, part)
        return home, parts[-1]
    raise ModuleNotFoundError(f"No module named {parts[0]!r}", name=parts[0])


def _named(dotted: str) -> Any:
    home, name = home_of(dotted)
    return getattr(home, name)


def _has(home: Any, name: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's about names that may come back
        try:
            return hasattr(home, name)
        except ImportError:  # scikit-learn's way of saying that a name is gone
            return False


def _signature(call: Any) -> inspect.Signature:
    """What a function takes. Wrapped or not, it is read once."""
    return _read(inspect.unwrap(call, stop=lambda inner: hasattr(inner, "__signature__")))


_read = functools.cache(inspect.signature)


def _places(call: Any) -> int:
    """How many arguments are taken by place."""
    return sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in _signature(call).parameters.values())


def _translating(
    original: Any, change: Callable[..., Arguments | None], *, is_method: bool, instead: Any = None
) -> Any:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        first = 1 if is_method else 0
        changed = change(args[first:], dict(kwargs))
        if changed is None:
            return original(*args, **kwargs)
        return (instead or original)(*args[:first], *changed[0], **changed[1])

    call.__signature__ = _signature(original)  # type: ignore[attr-defined]
    return call


def _explain(module: ModuleType, reasons: dict[str, str]) -> None:
    """Let a look-up of a name that is gone say what replaced it, as the kind of error that it was before."""
    inherited = module.__dict__.get("__getattr__")

    def look_up(name: str) -> Any:
        if name in reasons:
            text = f"{module.__name__}.{name} is gone: {reasons[name]}"
            raise ImportError(text) if _is_import(sys._getframe(1)) else AttributeError(text)
        if inherited is not None:
            return inherited(name)
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    module.__getattr__ = look_up  # type: ignore[method-assign]


def _is_import(frame: FrameType) -> bool:
    """Whether the caller is at ``from module import name``, where an AttributeError would lose its text."""
    return frame.f_code.co_code[frame.f_lasti] == opmap["IMPORT_FROM"]


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands last: asked only for what nobody else finds."""

    def __init__(self, modules: dict[str, Module]) -> None:
        self.modules = modules

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        """A specification for the modules of the table."""
        del path, target
        known = fullname in self.modules
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True) if known else None

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module with what its successors hold."""
        row = self.modules[module.__name__]
        for name in row.new:
            for key, value in vars(importlib.import_module(name)).items():
                if not key.startswith("__") or key == "__getattr__":
                    module.__dict__.setdefault(key, value)
        module.__dict__.update({key: value for key, value in row.extra.items() if not isinstance(value, str)})
        reasons = {key: value for key, value in row.extra.items() if isinstance(value, str)}
        for key in reasons:
            module.__dict__.pop(key, None)
        _explain(module, reasons)
