"""The files of one source, read when first asked for."""

from pathlib import Path

from .configured import Configured
from .facts import ModuleFacts
from .local_imports import LocalImports
from .module_facts import gather
from .reading import read_source


class Library:
    """Gives the facts of each file, and the file an import leads to."""

    def __init__(self, root: Path, files: tuple[str, ...], known: "Library | None" = None) -> None:
        """Take the Python files below `root`, by their relative paths; what another has read of them is kept."""
        self.files = files
        self.imports = LocalImports(files)
        self.configured = Configured(root)
        self.root = root
        self._facts: dict[str, ModuleFacts | None] = known._facts if known else {}

    def facts(self, file: str) -> ModuleFacts | None:
        """Read a file; None where it cannot be read or is too large."""
        if file not in self._facts:
            source = read_source(self.root / file)
            self._facts[file] = gather(file, source) if source else None
        return self._facts[file]
