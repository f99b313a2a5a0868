"""The service's one file: which repositories, which branches, which secrets, whose settings."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from pipelines.environments import FAMILY_OF
from pipelines.errors import UsageError
from pipelines.settings import SourceSettings, parse_duration_s
from pipelines.sources.mirrors import name_of

MOST_REPOSITORIES = 10_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Repository(BaseModel):
    """One repository that is watched."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    """What Git fetches from."""
    name: str = ""
    """Its place in ``/hooks/NAME``, and the name of its model; default: the URL's last part."""
    branches: tuple[str, ...] = ("main", "master")
    """Patterns of the branches whose pushes count."""
    secret: SecretStr | None = None
    """Shared with the host, to tell its deliveries from others'. Without one only polling looks here."""
    secret_file: Path | None = None
    """A file that holds the secret, in place of ``secret``."""
    settings: SourceSettings = SourceSettings()
    """What overrides the source's own ``autotweak.yaml``."""
    notify: tuple[SecretStr, ...] = ()
    """Who is told of its searches, in place of ``AUTOTWEAK_NOTIFY``: Apprise's addresses."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and not raw.get("name") and isinstance(raw.get("url"), str):
            return {**raw, "name": re.sub(r"[^A-Za-z0-9._-]+", "-", name_of(raw["url"])).strip("-.") or "source"}
        return raw

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot stand in a URL; letters, digits, dot, dash and underscore can")
        return name

    @model_validator(mode="after")
    def _one_secret(self) -> Repository:
        if self.secret is not None and self.secret_file is not None:
            raise ValueError("give secret or secret_file, not both")
        return self

    def watches(self, branch: str) -> bool:
        """Whether pushes to ``branch`` count."""
        return any(fnmatchcase(branch, pattern) for pattern in self.branches)

    @property
    def addresses(self) -> list[str]:
        """Who is told of its searches."""
        return [address.get_secret_value() for address in self.notify]

    def read_secret(self) -> bytes | None:
        """The secret, read anew each time so that it can be changed; None where there is none.

        Raises:
            UsageError: its file cannot be read or is empty.
        """
        if self.secret_file is None:
            return self.secret.get_secret_value().encode() if self.secret else None
        try:
            found = self.secret_file.read_bytes().strip()
        except OSError as error:
            raise UsageError(f"{self.name}: secret_file {self.secret_file}: {error.strerror}") from error
        if not found:
            raise UsageError(f"{self.name}: secret_file {self.secret_file} is empty; write the shared secret into it")
        return found


class WatchConfig(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repositories: Annotated[tuple[Repository, ...], Field(min_length=1, max_length=MOST_REPOSITORIES)]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8642
    poll: str = "5m"
    """How often each repository is asked for what no delivery told."""
    searches: Annotated[int, Field(ge=1)] = 1
    """Searches at the same time."""
    sandbox: str = "auto"
    cluster: str = ""
    """The scheduler whose agents run the trials; empty: this machine does."""
    slots: Annotated[int, Field(ge=1)] = 1
    """Trials that a search on a cluster has at once, over all agents."""
    notify_started: bool = False
    """Whether people are also told that a search begins."""
    warm: tuple[Literal[tuple(FAMILY_OF)], ...] | None = None  # type: ignore[valid-type]
    """Environments of which a driver stands by; unset: those of the repositories' latest searches."""

    @field_validator("poll")
    @classmethod
    def _a_time(cls, text: str) -> str:
        try:
            parse_duration_s(text)
        except UsageError as error:
            raise ValueError(str(error).replace("timeout", "poll")) from error
        return text

    @model_validator(mode="after")
    def _names_differ(self) -> WatchConfig:
        names = [repository.name for repository in self.repositories]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        if twice:
            raise ValueError(f"two repositories are named {twice[0]}; give one of them another name")
        return self

    @model_validator(mode="after")
    def _of_one_kind(self) -> WatchConfig:
        if self.cluster and self.warm:
            raise ValueError(
                "environments of warm stand by on this machine, trials run on the cluster's; leave one out"
            )
        if self.slots > 1 and not self.cluster:
            raise ValueError(
                f"slots: {self.slots} are those of a cluster's agents; name the cluster, or leave them out"
            )
        return self

    @property
    def poll_s(self) -> float:
        """Seconds between two looks at one repository."""
        return parse_duration_s(self.poll)

    def named(self, name: str) -> Repository | None:
        """The repository called ``name``."""
        return next((found for found in self.repositories if found.name == name), None)


def read_config(path: Path) -> WatchConfig:
    """Read the service's file.

    Raises:
        UsageError: it cannot be read, is not YAML, or says something that is not known.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; see docs/watch.md for what stands in it") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not valid YAML: {str(error).splitlines()[0]}") from error
    try:
        return WatchConfig.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path}: {f'{place}: ' if place else ''}{first['msg']}") from error
