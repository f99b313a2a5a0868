"""Database and files together in a folder: as of one moment, restored into an empty server, verified by digest."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.engine import Engine

from mlprojects.contract.layout import write_atomic
from pipelines.errors import PlatformError
from pipelines.server import database
from pipelines.server.files import Files, digest
from pipelines.sources.s3 import checked

MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files"
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """What a backup holds; written last, so that a backup without one is none."""

    version: int = 1
    time: float
    mlflow: str
    database: Digest
    files: dict[str, Digest]


@contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """Keep backup, restore and gc of one server apart.

    Raises:
        PlatformError: another one is under way.
    """
    lock = FileLock(home / "upkeep.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise PlatformError(f"another backup, restore or gc is under way: {lock.lock_file} is held") from error
    try:
        yield
    finally:
        lock.release()


def back_up(engine: Engine, files: Files, folder: Path) -> Manifest:
    """Write a backup; it may be used meanwhile.

    The database comes first: what it names is there already, since files are only added but for ``gc``.

    Args:
        engine: the database.
        files: the artifacts.
        folder: one that does not exist, or is empty.

    Raises:
        PlatformError: the folder is in use, or something cannot be read or written.
    """
    from mlflow.version import VERSION

    if folder.exists() and any(folder.iterdir()):
        raise PlatformError(f"{folder} is not empty: give a backup a folder of its own")
    try:
        (folder / FILES).mkdir(parents=True)
        folder.chmod(0o700)  # the accounts are in it
        database.dump(engine, folder / DUMP)
        digests = {}
        for name in files.names():
            path = folder / FILES / checked(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            files.get(name, path)
            digests[name] = digest(path)
        manifest = Manifest(time=time.time(), mlflow=VERSION, database=digest(folder / DUMP), files=digests)
        write_atomic(folder / MANIFEST, manifest.model_dump_json(indent=1))
    except OSError as error:
        raise PlatformError(f"the backup cannot be written to {folder}: {error.strerror}") from error
    return manifest


def read(folder: Path) -> Manifest:
    """The manifest of a backup, once all that it names was found to be as it was written.

    Raises:
        PlatformError: it is no backup, or not a whole one.
    """
    try:
        manifest = Manifest.model_validate(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        found = digest(folder / DUMP)
        damaged = [n for n, said in manifest.files.items() if digest(folder / FILES / checked(n)) != said]
    except FileNotFoundError as error:
        raise PlatformError(f"{folder} is no whole backup: {error.filename} is missing") from error
    except (ValueError, ValidationError) as error:
        raise PlatformError(f"{folder} is no backup: its {MANIFEST} cannot be read") from error
    if found != manifest.database or damaged:
        what = DUMP if found != manifest.database else damaged[0]
        raise PlatformError(f"the backup in {folder} is damaged: {what} is not what was written")
    return manifest


def restore(engine: Engine, files: Files, folder: Path) -> Manifest:
    """Fill an empty server from a backup, and read all files back.

    Raises:
        PlatformError: the server is not empty, the backup is damaged, or what was written does not read the same.
    """
    manifest = read(folder)
    if not database.is_empty(engine) or next(iter(files.names()), None) is not None:
        raise PlatformError("the server is not empty: restore into a new database and a new bucket or folder")
    database.require_same_kind(engine, folder / DUMP)  # before anything is written
    for name in manifest.files:
        files.put(name, folder / FILES / name)
    with tempfile.TemporaryDirectory() as scratch:
        back = Path(scratch) / "file"
        for name, said in manifest.files.items():
            files.get(name, back)
            if digest(back) != said:
                raise PlatformError(f"{name} does not read as it was written: the store is not to be trusted")
    database.load(engine, folder / DUMP)
    database.migrate(engine)
    return manifest
