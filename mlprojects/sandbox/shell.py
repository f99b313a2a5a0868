"""What scripts use of IPython, where it is not installed: outside a notebook it does next to nothing anyway."""

from __future__ import annotations

import builtins
import importlib.util
import sys
from types import ModuleType
from typing import Any

from mlprojects.contract.notebook import python_of


class Nothing:
    """Something to look at: shown nowhere, every attribute of it callable."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return Nothing()

    def __call__(self, *_: Any, **__: Any) -> None:
        """Whatever was to be done is not."""


class Shell:
    """``get_ipython()`` in the code of a notebook: magics as :func:`python_of` has them."""

    def run_line_magic(self, name: str, line: str = "", *_: Any, **__: Any) -> None:
        """``%name line``."""
        _execute(f"%{name} {line}")

    def run_cell_magic(self, name: str, line: str = "", cell: str = "") -> None:
        """``%%name line``, with a cell below it."""
        _execute(f"%%{name} {line}\n{cell}")

    def magic(self, line: str) -> None:
        """``%line``, as old exports have it."""
        _execute(f"%{line}")

    def system(self, command: str) -> None:
        """``!command``."""
        _execute(f"!{command}")

    def getoutput(self, _: str) -> list[str]:
        """What a command prints: nothing."""
        return []

    def __getattr__(self, name: str) -> Any:
        return Nothing()


def _execute(text: str) -> None:
    exec(compile(python_of(text), "<magic>", "exec", dont_inherit=True), sys.modules["__main__"].__dict__)


def display(*objects: Any, **_: Any) -> None:
    """Print, as IPython's own does outside a notebook."""
    for item in objects:
        print(repr(item))


def stand_in() -> None:
    """Make ``import IPython`` work where it is not installed: as in a script, ``get_ipython()`` gives None."""
    if "IPython" in sys.modules or importlib.util.find_spec("IPython") is not None:
        return
    for name in ("IPython", "IPython.display", "IPython.core", "IPython.core.display", "IPython.core.pylabtools"):
        module = ModuleType(name)
        module.__dict__.update(__path__=[], display=display, get_ipython=lambda: None, __getattr__=_anything)
        sys.modules[name] = module
        if "." in name:
            parent, _, own = name.rpartition(".")
            if own != "display":
                setattr(sys.modules[parent], own, module)
    # Libraries look at the version of what they find among the modules.
    sys.modules["IPython"].__dict__.update(version_info=(9, 0, 0), __version__="9.0.0")
    sys.modules["IPython"].display = sys.modules["IPython.display"]  # type: ignore[attr-defined]
    sys.modules["IPython.core"].display = sys.modules["IPython.core.display"]  # type: ignore[attr-defined]


def stand_in_for_colab() -> None:
    """Make ``from google.colab import drive`` work: nothing is mounted, and nothing is uploaded."""
    module = ModuleType("google.colab")
    module.__dict__.update(__path__=[], __getattr__=lambda _: Nothing())
    sys.modules["google.colab"] = module
    sys.modules.setdefault("google", ModuleType("google"))


def _anything(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Nothing


def provide() -> None:
    """Give ``display`` and ``get_ipython`` to code that was written in a notebook."""
    builtins.display = display  # type: ignore[attr-defined]
    builtins.get_ipython = Shell  # type: ignore[attr-defined]
    if "IPython" in sys.modules:
        sys.modules["IPython"].get_ipython = Shell  # type: ignore[attr-defined]
