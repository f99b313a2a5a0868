"""What a check found, and what the findings of all checks mean together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["ok", "warning", "missing"]
"""warning: it works without; missing: it does not."""


@dataclass(frozen=True)
class Finding:
    """One line about this machine."""

    check: str
    level: Level
    said: str
    remedy: str = ""
    """What would help: a command where there is one."""


def ok(check: str, said: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", said)


def warning(check: str, said: str, remedy: str = "") -> Finding:
    """It works without, or not as well."""
    return Finding(check, "warning", said, remedy)


def missing(check: str, said: str, remedy: str = "") -> Finding:
    """It does not work without."""
    return Finding(check, "missing", said, remedy)


def exit_status(found: Sequence[Finding]) -> int:
    """0 where nothing that is needed is missing, else 3."""
    return 3 if any(finding.level == "missing" for finding in found) else 0


def to_json(found: Sequence[Finding]) -> dict[str, Any]:
    """The object that ``doctor --json`` prints."""
    return {
        "healthy": exit_status(found) == 0,
        "missing": sum(finding.level == "missing" for finding in found),
        "warnings": sum(finding.level == "warning" for finding in found),
        "checks": [asdict(finding) for finding in found],
    }
