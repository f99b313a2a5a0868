"""Which file of the source an import means, if any."""

import sys
from pathlib import PurePosixPath

from mlprojects.contract.notebook import is_notebook

from .catalog import LEARNING_ROOTS, UNSUPPORTED
from .terms import ANY

_EXTERNAL = LEARNING_ROOTS | frozenset(UNSUPPORTED) | frozenset(sys.stdlib_module_names)

_MOST_MEANT = 50  # modules that a name made up when the script runs is taken for


class LocalImports:
    """Looks dotted names up among the Python files of the source."""

    def __init__(self, files: tuple[str, ...]) -> None:
        """Index the files by their module paths."""
        self._modules: dict[str, str] = {}  # "src/net" -> "src/net.py" or "src/net/__init__.py"
        for file in files:
            if is_notebook(file):  # nothing can import one
                continue
            path = PurePosixPath(file)
            is_package = path.name == "__init__.py"
            name = (path.parent if is_package else path.with_suffix("")).as_posix()
            if is_package or name not in self._modules:
                self._modules["" if name == "." else name] = file
        self._homes: dict[str, set[str]] = {}  # first name of an import -> the folders it could be in
        for module in self._modules:
            parts = module.split("/")
            for depth, part in enumerate(parts):
                self._homes.setdefault(part, set()).add("/".join(parts[:depth]))
        self._found: dict[tuple[str, str], tuple[str, tuple[str, ...]] | None] = {}

    def find(self, importer: str, dotted: str) -> tuple[str, tuple[str, ...]] | None:
        """Give the file that `dotted`, imported in file `importer`, leads to, and the names left over.

        `src.net.build` gives `("src/net.py", ("build",))`; None says that it comes from elsewhere.
        """
        folder = importer.rpartition("/")[0]
        key = (folder, dotted)
        if key not in self._found:
            self._found[key] = self._find(folder, dotted)
        found = self._found[key]
        is_itself = found is not None and found[0] == importer and dotted.split(".", maxsplit=1)[0] in _EXTERNAL
        return None if is_itself else found

    def find_all(self, importer: str, dotted: str) -> list[tuple[str, tuple[str, ...]]]:
        """Give what `find` gives; where a part of the name is `ANY`, for each module that it could be."""
        names = dotted.split(".")
        if ANY not in names[1:]:
            found = self.find(importer, dotted)
            return [found] if found else []
        at = names.index(ANY)
        known = self.find(importer, dotted)
        members = [known] if known and len(known[1]) == len(names) - at else []
        folder = "/".join(names[:at])
        inside = [m for m in self._modules if f"/{m}".rpartition("/")[0].endswith(f"/{folder}")]
        return members + [(self._modules[module], tuple(names[at + 1 :])) for module in sorted(inside)[:_MOST_MEANT]]

    def namesake(self, importer: str, dotted: str) -> tuple[str, tuple[str, ...]] | None:
        """Where `dotted` is a module, give the name of its package that `from .train import train` hides it with."""
        found = self.find(importer, dotted)
        package, _, name = found[0].removesuffix(".py").rpartition("/") if found and not found[1] else ("", "", "")
        file = f"{package}/__init__.py"
        return (file, (name,)) if package and name != "__init__" and self._is_file(file) else None

    def packages(self, file: str) -> list[str]:
        """Give the `__init__.py` files that importing `file` executes first."""
        parents = PurePosixPath(file).parents
        return [f for p in parents if (f := (p / "__init__.py").as_posix()) != file and self._is_file(f)]

    def _is_file(self, file: str) -> bool:
        return self._modules.get(file.removesuffix("__init__.py").rstrip("/")) == file

    def _find(self, folder: str, dotted: str) -> tuple[str, tuple[str, ...]] | None:
        plain = dotted.lstrip(".")
        names = tuple(plain.split(".")) if plain else ()
        dots = len(dotted) - len(plain)
        if dots:
            steps = [step for step in folder.split("/") if step]
            home = "/".join(steps[: len(steps) - dots + 1])
            return self._below(home, names, shortest=0) if dots - 1 <= len(steps) else None
        for home in self._possible_homes(folder, names[0]):
            found = self._below(home, names)
            if found:
                return found
        return None

    def _possible_homes(self, folder: str, first: str) -> list[str]:
        """The importing file's folder, the folders above, and the one other folder that has such a module."""
        homes = self._homes.get(first, set())
        if first in _EXTERNAL:
            return [folder] if (f"{folder}/{first}" if folder else first) in self._modules else []
        steps = folder.split("/") if folder else []
        above = ["/".join(steps[:n]) for n in range(len(steps), -1, -1)]
        near = [home for home in above if home in homes]
        return near or (sorted(homes) if len(homes) == 1 else [])

    def _below(self, home: str, names: tuple[str, ...], shortest: int = 1) -> tuple[str, tuple[str, ...]] | None:
        for length in range(len(names), shortest - 1, -1):
            file = self._modules.get("/".join(filter(None, (home, *names[:length]))))
            if file:
                return file, names[length:]
        return None
