"""What serving keeps on disk: models that were fetched, which one was good, and the state that others may read."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mlprojects.contract.layout import write_atomic
from pipelines.serving.registry import Version

LAST_GOOD, STATE, ABOUT = "last_good.json", "state.json", "version.json"


@dataclass(frozen=True)
class Stored:
    """A model on disk, in MLflow format."""

    about: Version
    model: Path


def folder_of(home: Path, name: str) -> Path:
    """Where the models of one name are."""
    escaped = quote(name, safe="")
    return home / "serving" / (escaped if escaped.strip(".") else escaped.replace(".", "%2E"))


class Store:
    """The folder of one registered model, with one folder for each version that was fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = folder / "run"
        self.runs.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # models may hold what they were trained on

    def get(self, version: str) -> Stored | None:
        """A version that is here, whole."""
        try:
            about = Version(**json.loads((self._of(version) / ABOUT).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return Stored(about, self._of(version) / "model")

    def put(self, version: Version, fetch: Callable[[Version, Path], None]) -> Stored:
        """The version, fetched unless it is here already; it appears whole or not at all."""
        found = self.get(version.version)
        if found is not None and found.about.identity == version.identity:
            return found
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=self.folder) as scratch:
            made = Path(scratch) / "version"
            made.mkdir()
            fetch(version, made / "model")
            _readable(made)
            write_atomic(made / ABOUT, json.dumps(asdict(version)))
            shutil.rmtree(self._of(version.version), ignore_errors=True)
            made.rename(self._of(version.version))
        return Stored(version, self._of(version.version) / "model")

    @property
    def last_good(self) -> Stored | None:
        """The version that answered requests last, if it is still here."""
        try:
            said = json.loads((self.folder / LAST_GOOD).read_bytes())
            return self.get(str(said["version"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def is_good(self, version: str, former: str | None) -> None:
        """Remember the version as the last good one; others than it and the former one are removed."""
        write_atomic(self.folder / LAST_GOOD, json.dumps({"version": version, "former": former}))
        for path in self.folder.iterdir():
            if (path / ABOUT).is_file() and path.name not in (version, former):
                shutil.rmtree(path, ignore_errors=True)

    def say(self, state: dict[str, Any]) -> None:
        """Write the state."""
        write_atomic(self.folder / STATE, json.dumps(state))

    def since(self, version: str) -> str:
        """Since when a service that was killed had served a version; empty where it has not said so."""
        try:
            said = json.loads((self.folder / STATE).read_bytes())
            return str(said["since"]) if said["version"] == version else ""
        except (OSError, ValueError, TypeError, KeyError):
            return ""

    def silence(self) -> None:
        """Nothing is served any more."""
        (self.folder / STATE).unlink(missing_ok=True)

    def _of(self, version: str) -> Path:
        return self.folder / quote(version, safe="")


def _readable(folder: Path) -> None:
    """Let the sandbox's user read what is below; the folder about it lets nobody else in."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
