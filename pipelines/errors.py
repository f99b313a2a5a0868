"""The exceptions, drawn once.

::

    AutotweakError
    ├── UsageError      exit 2   wrong options or settings
    ├── SourceError     exit 2   the user's source cannot be trained as it is
    ├── TrialError      exit 2   one trial's failure: reported, counted, never the end of a search
    └── PlatformError   exit 3   our side: engine, tracking server, environment, disk
"""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"(?<=http://)[^/\s@]+@|(?<=https://)[^/\s@]+@|(?<=\w):[^/\s@:]+(?=@[\w.-]+[:/])")
"""In an address: of the web whoever signs in (a token stands in the place of a name), elsewhere the password only."""


def printable(text: str) -> str:
    """A text for a terminal: what was pushed may hold sequences that would move the cursor or hide a line."""
    return "".join(c if c.isprintable() else " " for c in text)


def without_password(text: str) -> str:
    """A text in which no address has a password."""
    return _PASSWORD.sub("", text)


class AutotweakError(Exception):
    """One line that says what happened, what was expected, and how to mend it."""

    exit_status = 3
    status = "failed"
    log = ""
    """Where another program failed: all that it said, to be kept beside the run."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(without_password(printable(message)).split()))


class UsageError(AutotweakError):
    """Wrong options or settings."""

    exit_status = 2


class SourceError(AutotweakError):
    """The user's source cannot be trained as it is.

    Args:
        message: what is wrong, where, and what would help.
        status: ``failed`` (it was tried) or ``unsupported`` (it cannot be tried).
    """

    exit_status = 2

    def __init__(self, message: str, status: str = "failed") -> None:
        super().__init__(message)
        self.status = status


class TrialError(AutotweakError):
    """One trial failed; the search goes on."""

    exit_status = 2


class PlatformError(AutotweakError):
    """Our side failed."""
