"""Secrets of a stack, made where they are missing: one file each, which no one else can read."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from pipelines.errors import PlatformError

MADE = (
    "autotweak_server_database_password",
    "autotweak_server_s3_access_key",
    "autotweak_server_s3_secret_key",
    "autotweak_server_session_key",
)
STORE = "s3.json"
"""What the object store is told of its one client, as SeaweedFS reads it."""


def make_secrets(folder: Path) -> list[str]:
    """Make what is missing; the names of the new files.

    Raises:
        PlatformError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new = [name for name in MADE if not (folder / name).exists()]
        for name in new:
            write_private(folder / name, secrets.token_urlsafe(24))
        if not (folder / STORE).exists():
            write_private(folder / STORE, json.dumps(_identities(folder)))
            (folder / STORE).chmod(0o644)  # the store is another user; only its container and ours see the folder
    except OSError as error:
        raise PlatformError(f"secrets cannot be kept in {folder}: {error.strerror}") from error
    return new


def _identities(folder: Path) -> dict[str, object]:
    keys = {
        "accessKey": (folder / "autotweak_server_s3_access_key").read_text(encoding="ascii"),
        "secretKey": (folder / "autotweak_server_s3_secret_key").read_text(encoding="ascii"),
    }
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {"identities": [{"name": "tracking", "credentials": [keys], "actions": actions}]}


def kept(path: Path) -> str:
    """The secret in a file; made, and kept there, the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text(encoding="ascii").strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that no one else can read, not even for a moment; a reader sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
