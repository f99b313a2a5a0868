"""The model registry as serving sees it: what an alias names, the model itself, promotion and the way back.

MLflow takes seconds to import: what was served before answers meanwhile.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.errors import UsageError
from pipelines.tracking import aliases
from pipelines.tracking.refusals import explained

TARGET_TAG = "target"
"""A tag of versions that have reached their target: what it was."""
REFUSED_TAG = "autotweak.refused"


@dataclass(frozen=True)
class Version:
    """A version of a registered model."""

    name: str
    version: str
    identity: str
    """Like no other version's, also where a registry was made anew and counts from 1 again."""
    source: str = ""
    commit: str = ""


@dataclass(frozen=True)
class Moved:
    """What an alias names now, and what it named before."""

    name: str
    alias: str
    version: str
    before: str | None


class Registry:
    """The registry behind the tracking server; connected when first asked, so that it may be down before."""

    def __init__(self, home: Path) -> None:
        self._home = home

    @cached_property
    def _client(self) -> Any:
        from pipelines.tracking.tracker import Tracker

        return Tracker(self._home).client

    def named(self, name: str, alias: str) -> Version:
        """The version that the alias names.

        Raises:
            UsageError: there is no such model, or no such alias of it.
            PlatformError: the registry does not answer.
        """
        model = self._model(name)
        found = aliases.current(model, alias)
        if found is None:
            raise UsageError(f"no version of {name} has the alias {alias}; autotweak promote {name} gives it to one")
        return self.version(name, found)

    def version(self, name: str, version: str) -> Version:
        """One version.

        Raises:
            UsageError: there is no such version.
            PlatformError: the registry does not answer.
        """
        with explained(f"be asked for {name} version {version}"), _missing(f"{name} has no version {version}"):
            found = self._client.get_model_version(name, version)
        tags = found.tags
        made = f"{found.source} {found.run_id} {found.creation_timestamp}"
        return Version(name, str(found.version), made, tags.get("source", ""), tags.get("source_commit", ""))

    def fetch(self, version: Version, folder: Path) -> None:
        """Copy a version's model to ``folder``, which is made.

        Raises:
            PlatformError: it cannot be had.
        """
        from mlflow.artifacts import download_artifacts

        with explained(f"give {version.name} version {version.version}"):
            uri = self._client.get_model_version_download_uri(version.name, version.version)
            with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
                shutil.move(download_artifacts(artifact_uri=uri, dst_path=scratch), folder)

    def newest_that_reached(self, name: str) -> str:
        """The newest version that reached its target.

        Raises:
            UsageError: there is none.
        """
        self._model(name)
        with explained("list versions"):
            filters = f"name = '{name.replace(chr(39), chr(39) * 2)}'"
            found = self._client.search_model_versions(filters, order_by=["version_number DESC"])
        for version in found:
            if TARGET_TAG in version.tags:
                return str(version.version)
        raise UsageError(f"no version of {name} has reached its target; autotweak promote {name} VERSION names one")

    def promote(self, name: str, version: str | None, alias: str) -> Moved:
        """Move the alias to a version, the newest that reached its target unless one is named.

        Raises:
            UsageError: there is no such model or version.
            PlatformError: the registry does not answer.
        """
        wanted = self.version(name, version or self.newest_that_reached(name)).version
        with explained(f"move the alias {alias}"):
            before = aliases.move(self._client, name, alias, wanted)
        return Moved(name, alias, wanted, before)

    def rollback(self, name: str, alias: str) -> Moved:
        """Move the alias back to the version that it named before.

        Raises:
            UsageError: there is none, or it was deleted.
            PlatformError: the registry does not answer.
        """
        model = self._model(name)
        now, former = aliases.current(model, alias), aliases.former_of(model, alias)
        if not former:
            at = f"it names version {now}" if now else "nothing has it now"
            raise UsageError(f"no version of {name} had the alias {alias} before: {at}")
        gone = f"version {former[0]} of {name}, which had the alias {alias} before, was deleted"
        with explained("read a version"), _missing(f"{gone}; autotweak promote {name} VERSION names another"):
            self._client.get_model_version(name, former[0])
        with explained(f"move the alias {alias}"):
            aliases.move_back(self._client, name, alias, former[0], former[1:])
        return Moved(name, alias, former[0], now)

    def note(self, name: str, alias: str) -> None:
        """Remember an alias that somebody has moved by hand, for :meth:`rollback`.

        Raises:
            PlatformError: the registry does not answer.
        """
        with explained(f"note the alias {alias}"):
            aliases.note(self._client, name, alias)

    def refuse(self, name: str, alias: str, version: str, good: str, reason: str) -> bool:
        """Give the alias back to ``good``, and say on ``version`` why; False where the alias has moved on meanwhile.

        Raises:
            PlatformError: the registry does not answer.
        """
        model = self._model(name)
        if aliases.current(model, alias) != version:
            return False
        former = [other for other in aliases.former_of(model, alias) if other not in (version, good)]
        with explained(f"give the alias {alias} back"):
            aliases.move_back(self._client, name, alias, good, former)
            self._client.set_model_version_tag(name, version, REFUSED_TAG, reason[:5000])
        return True

    def _model(self, name: str) -> Any:
        with (
            explained("be asked for a model"),
            _missing(f"no model is registered as {name}; autotweak run SOURCE registers one"),
        ):
            return self._client.get_registered_model(name)


@contextmanager
def _missing(message: str) -> Iterator[None]:
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise UsageError(message) from error
        raise
