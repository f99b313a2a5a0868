"""Running the entry as ``__main__``: a script, a notebook's code, or a module of a package."""

from __future__ import annotations

import ast
import builtins
import contextlib
import linecache
import re
import runpy
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from mlprojects.contract import notebook
from mlprojects.sandbox import old_pydantic, shell

_EXPORTED = re.compile(rb"get_ipython\(\)\s*\.\s*(run_line_magic|run_cell_magic|magic|system|getoutput)\(")


def run(entry: Path, work: Path) -> None:
    """Run ``entry``; ``sys.path`` and ``__name__`` are as for ``python entry`` or ``python -m package.entry``."""
    data = entry.read_bytes()
    if b"IPython" in data:  # only then: libraries behave otherwise where they find one
        shell.stand_in()
    is_notebook = notebook.is_notebook(entry.name)
    if is_notebook or _EXPORTED.search(data):
        shell.provide()
    text = notebook.convert(data) if is_notebook else _marked(data)
    if text is not None and _needs_colab(text):
        shell.stand_in_for_colab()
    module = None if is_notebook else module_name(data, entry, work)
    home = work.joinpath(*entry.relative_to(work).parts[: -module.count(".") - 1]) if module else entry.parent
    sys.path[:0] = [str(folder) for folder in dict.fromkeys((home, work, _package_home(entry, work)))]
    sys.meta_path.append(Elsewhere(work))
    old_pydantic.install(entry, work)
    if text is not None:
        _execute(text, entry, is_notebook)
        return
    left = runpy.run_module(module, None, "__main__", True) if module else runpy.run_path(str(entry), None, "__main__")
    if b"__main__" not in data:
        _command(left)


class Elsewhere:
    """Finds a module that lies in one other folder of the source only (``src/``), as if that had been installed."""

    def __init__(self, work: Path) -> None:
        self.work = work

    def find_spec(self, name: str, path: object = None, _: object = None) -> ModuleSpec | None:
        """Ask for a module that no other finder has."""
        if path is not None or "." in name:
            return None
        found = [*self.work.rglob(f"{name}.py"), *(init.parent for init in self.work.rglob(f"{name}/__init__.py"))]
        homes = {str(place.parent) for place in found}
        return PathFinder.find_spec(name, [homes.pop()]) if len(homes) == 1 else None


def _package_home(entry: Path, work: Path) -> Path:
    """The folder that has the package of ``entry``, as if that were installed; without one the entry's own folder."""
    home = entry.parent
    while home != work and (home / "__init__.py").is_file():
        home = home.parent
    return home


def _command(names: dict[str, object]) -> None:
    """Call the one command that a script defines for its package's entry points, and does not call itself."""
    click, typer = sys.modules.get("click"), sys.modules.get("typer")
    kinds = tuple(kind for kind in (getattr(click, "Command", None), getattr(typer, "Typer", None)) if kind)
    commands = [value for value in names.values() if isinstance(value, kinds)]
    groups = [value for value in commands if hasattr(value, "commands") or hasattr(value, "registered_commands")]
    if len(groups or commands) == 1:
        (groups or commands)[0]()


def _needs_colab(text: str) -> bool:
    """Tell whether a notebook imports Colab's own module and does not ask first whether there is one."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        for node in ast.parse(text).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if "google.colab" in names:
                return True
    return False


def _marked(data: bytes) -> str | None:
    """The Python of a script that was kept in a notebook's way and is no Python as it stands."""
    try:
        ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        text = data.decode("utf-8", errors="replace")
        python = notebook.from_marked(text)
        return python if python != text else None
    return None


def module_name(data: bytes, entry: Path, work: Path) -> str | None:
    """The name to run a script by that imports from its own package (``from .model import net``); None for others."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    levels = max((node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)), default=0)
    parts = list(entry.relative_to(work).with_suffix("").parts)
    packages = len(parts) - 1
    if not levels or levels > packages or entry.suffix != ".py":
        return None
    depth = levels
    while depth < packages and (work.joinpath(*parts[: packages - depth]) / "__init__.py").is_file():
        depth += 1
    return ".".join(parts[packages - depth :])


def _execute(text: str, entry: Path, is_notebook: bool) -> None:
    main = ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    if not is_notebook:  # a notebook has none
        main.__file__ = str(entry)
    sys.modules["__main__"] = main
    # Tracebacks and inspect.getsource see the converted text; an entry without a time is never checked again.
    linecache.cache[str(entry)] = (len(text), None, text.splitlines(keepends=True), str(entry))
    exec(compile(text, str(entry), "exec", dont_inherit=True), main.__dict__)
