"""What a fetched source trains, and whether that can be trained here. Light to import: inspect needs no more."""

from __future__ import annotations

from pathlib import Path

from pipelines.errors import SourceError
from pipelines.inspection import Verdict, inspect
from pipelines.inspection.arguments import required_arguments
from pipelines.settings import SourceSettings
from pipelines.sources.source import Source


def examine(source: Source, folder: Path, settings: SourceSettings) -> Verdict:
    """Inspect a fetched source; the entry comes from the command line or its settings where they name one."""
    return inspect(folder, source.entry or settings.entry)


def require_trainable(verdict: Verdict) -> None:
    """Raise the reason why a source cannot be trained.

    Raises:
        SourceError: anything but one entry of one family.
    """
    if verdict.syntax_error is not None:
        raise SourceError(f"{verdict.syntax_error}; mend the script and push again")
    if verdict.family not in ("sklearn", "keras") or verdict.entry is None:
        raise SourceError(verdict.reason, status="unsupported")


def require_arguments(folder: Path, verdict: Verdict, argv: tuple[str, ...]) -> None:
    """Name the arguments that a script demands, where none are given and it is sure to demand them.

    Raises:
        SourceError: it would stop before it trains.
    """
    needed = required_arguments(folder, str(verdict.entry)) if not argv else ()
    if needed:
        raise SourceError(
            f"{verdict.entry} requires the arguments {', '.join(needed)}; give them under argv: in autotweak.yaml"
        )
