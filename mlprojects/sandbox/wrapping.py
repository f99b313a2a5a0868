"""Replacing functions and methods so that the script's own calls are seen, with autolog's manners.

The script's error is the script's and is re-raised as it came. The wrapper's own fault is reported in
the journal, and the script goes on with the original (mlflow.utils.autologging_utils.safe_patch).
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any

from mlprojects.sandbox.session import Session, TweakError

Around = Callable[..., Any]
"""around(original, *args, **kwargs): what runs instead; it must call ``original`` itself."""


class ScriptError(Exception):
    """Carries an error of the wrapped call itself through a wrapper, so that it is not taken for ours."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


def guard(session: Session, original: Callable[..., Any], around: Around) -> Callable[..., Any]:
    """``original`` with ``around`` about it, for outermost calls only."""

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not session.outermost:
            return original(*args, **kwargs)

        results: list[Any] = []

        def call(*inner: Any, **named: Any) -> Any:
            try:
                with session.inside():
                    results.append(original(*inner, **named))
            except Exception as error:
                raise ScriptError(error) from error
            return results[-1]

        try:
            return around(call, *args, **kwargs)
        except ScriptError as error:
            cause = error.cause
        except TweakError as error:
            session.refusal = session.refusal or error  # the script may catch it and go on
            raise
        except Exception as error:
            session.fault(error, bypassed=not results)
            # What ran already must not run twice: a second fit would train a second time.
            return results[-1] if results else original(*args, **kwargs)
        raise cause  # out here, where its own cause and context are left as they are

    wrapper.__autotweak__ = True  # type: ignore[attr-defined]
    return wrapper


def wrap_method(session: Session, owner: type, name: str, around: Around) -> None:
    """Wrap ``owner.name`` where the class itself defines it, once."""
    original = owner.__dict__.get(name)
    if getattr(original, "__autotweak__", False):
        return
    if isinstance(original, FunctionType):
        setattr(owner, name, guard(session, original, around))
    elif hasattr(original, "__get__") and not isinstance(original, classmethod | staticmethod | property):
        setattr(owner, name, _Conditional(session, original, around))


class _Conditional:
    """Wraps a method behind a descriptor of its own (scikit-learn's ``available_if``)."""

    __autotweak__ = True

    def __init__(self, session: Session, descriptor: Any, around: Around) -> None:
        self.session, self.descriptor, self.around = session, descriptor, around

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        bound = self.descriptor.__get__(instance, owner)
        if instance is None:
            return bound

        @functools.wraps(bound)
        def plain(_: Any, *args: Any, **kwargs: Any) -> Any:
            return bound(*args, **kwargs)

        guarded = guard(self.session, plain, self.around)

        @functools.wraps(bound)  # scikit-learn asks a method for its name
        def method(*args: Any, **kwargs: Any) -> Any:
            return guarded(instance, *args, **kwargs)

        return method


_HOLDERS: dict[int, list[ModuleType]] = {}
_LOOKED_THROUGH: set[str] = set()


def look_through() -> None:
    """Note which modules have imported which functions under their own names; done before a fork, it costs no trial.

    Each module is looked through once, and whole: it is imported by then.
    """
    for name, module in list(sys.modules.items()):
        if name not in _LOOKED_THROUGH:
            _LOOKED_THROUGH.add(name)
            for key, value in list(getattr(module, "__dict__", {}).items()):
                if type(value) is FunctionType and value.__name__ == key:
                    _HOLDERS.setdefault(id(value), []).append(module)


def wrap_function(session: Session, original: Callable[..., Any], around: Around) -> None:
    """Wrap a module-level function in every module that has imported it under its own name."""
    wrapper = guard(session, original, around)
    look_through()
    for module in _HOLDERS.get(id(original)) or list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get(original.__name__) is original:
            setattr(module, original.__name__, wrapper)


def subclasses(base: type) -> Iterable[type]:
    """``base`` and every class below it, each once."""
    seen: set[type] = set()
    todo = [base]
    while todo:
        cls = todo.pop()
        if cls not in seen:
            seen.add(cls)
            todo.extend(cls.__subclasses__())
            yield cls
