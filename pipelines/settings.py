"""Settings: the machine's from the environment, the source's from its ``autotweak.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from mlprojects.contract.knobs import ESTIMATORS
from mlprojects.contract.metrics import METRICS
from pipelines.errors import UsageError

SETTINGS_FILE = "autotweak.yaml"


class MachineSettings(BaseSettings):
    """What one machine gives to sandboxes: environment variables ``AUTOTWEAK_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="AUTOTWEAK_")

    home: Path = Field(default_factory=lambda: Path.home() / ".autotweak")
    """Where environments, checkouts, spools and the embedded tracking store live."""
    memory_mib: Annotated[int, Field(ge=256)] = 4096
    """Memory limit of a Docker sandbox."""
    most_memory_mib: Annotated[int, Field(ge=256)] | None = None
    """What that limit may grow to when a trial runs out of memory; unset: it does not grow."""
    cpus: Annotated[float, Field(gt=0)] | None = None
    """Processors of a Docker sandbox; unset: all of the machine's."""
    pids: Annotated[int, Field(ge=64)] = 1024
    """Processes and threads of a Docker sandbox."""
    gpu: Literal["auto", "none"] = "auto"
    """Whether trials that can compute on a GPU get one where there is one."""
    gpu_memory_mib: Annotated[int, Field(ge=1024)] | None = None
    """Its memory that one trial has, so that several share it; unset: a trial has a GPU to itself."""
    network_allow: bool = False
    """Whether ``network: allow`` in a source's settings counts. Pushed code is not trusted: unset, it does not."""
    cluster_ca: Path | None = None
    """The authority whose certificates schedulers, agents and drivers have."""
    cluster_cert: Path | None = None
    """This machine's certificate."""
    cluster_key: Path | None = None
    """Its key."""
    notify: str = ""
    """Who is told how a run ended: Apprise's addresses, with spaces between them."""
    notify_started: bool = False
    """Whether they are also told that a search begins."""

    def __init__(self, **given: Any) -> None:
        """Read the variables.

        Raises:
            UsageError: one of them has a value that it cannot have.
        """
        try:
            super().__init__(**given)
        except ValidationError as error:
            wrong = error.errors()[0]
            name = f"AUTOTWEAK_{'_'.join(map(str, wrong['loc']))}".upper()
            raise UsageError(f"{name} is {wrong['input']!r}: {wrong['msg'][0].lower()}{wrong['msg'][1:]}") from error


class SourceSettings(BaseModel):
    """What a source's own ``autotweak.yaml`` may say; everything is optional."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entry: str | None = None
    argv: tuple[str, ...] = ()
    name: str | None = None
    target: Annotated[float, Field(gt=0)] | None = None
    metric: Literal[tuple(METRICS)] | None = None  # type: ignore[valid-type]
    max_trials: Annotated[int, Field(ge=1)] | None = None
    timeout: str | None = None
    seed: int | None = None
    network: Literal["allow", "deny"] = "deny"
    """What the source asks for; see :func:`pipelines.options.network_allowed`."""
    estimators: tuple[Literal[ESTIMATORS], ...] = ()  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _target_of_a_share(self) -> Self:
        if self.target is not None and self.target > 1 and not METRICS[self.metric or "accuracy"].lower:
            raise ValueError("target is above 1; 0.8 means 80 %")
        return self


def read_source_settings(root: Path, before: Path | None = None) -> SourceSettings:
    """Read the settings of the source at ``root``; none is fine.

    Args:
        root: the source.
        before: a file of the same form whose settings stand before the source's own.

    Raises:
        UsageError: a file is not YAML, or says something that is not known.
    """
    path = root / SETTINGS_FILE
    own = SourceSettings() if not path.is_file() or path.is_symlink() else _read_settings(path)
    if before is None:
        return own
    return own.model_copy(update=_read_settings(before).model_dump(exclude_unset=True))


def _read_settings(path: Path) -> SourceSettings:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return SourceSettings.model_validate(raw)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; expected a file like {SETTINGS_FILE}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path.name} is not valid YAML: {str(error).splitlines()[0]}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path.name}: {place}: {first['msg']}") from error


def parse_duration_s(text: str) -> float:
    """Seconds of ``90``, ``90s``, ``20m`` or ``2h``.

    Raises:
        UsageError: it is none of these, or not above zero.
    """
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], units[text[-1]]) if text and text[-1] in units else (text, 1.0)
    try:
        seconds = float(number) * unit
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e9:
        raise UsageError(f"timeout {text!r} is not a time above zero: write 90s, 20m or 2h")
    return seconds
