"""The server's database: waited for, migrated, dumped and loaded with its own tools."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import time
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from pipelines.errors import PlatformError

WAIT_S = 60.0
"""How long a database may take to come up."""
FATAL = ("password authentication failed", "does not exist", "no pg_hba.conf entry", "unable to open database file")
"""What waiting does not mend."""


def connect(url: URL, sleep: Callable[[float], None] = time.sleep, wait_s: float = WAIT_S) -> Engine:
    """Connect, as soon as the database answers.

    Raises:
        PlatformError: it refuses, or does not answer in time.
    """
    if url.get_backend_name() not in ("postgresql", "sqlite"):
        raise PlatformError(f"the server keeps its records in PostgreSQL or SQLite, not in {url.get_backend_name()}")
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    waited_s = 0.0
    while True:
        try:
            with engine.connect():
                return engine
        except OperationalError as error:
            said = _first_line(error)
            if waited_s >= wait_s or any(text in said for text in FATAL):
                hint = "check AUTOTWEAK_SERVER_DATABASE and its password"
                raise PlatformError(f"the database {_named(url)} cannot be used: {said}; {hint}") from error
            sleep(0.5)
            waited_s += 0.5


def migrate(engine: Engine) -> None:
    """Bring the tables of MLflow and of its accounts to the schema of this version.

    Raises:
        PlatformError: the schema is of a newer version, or the migration broke off; nothing is half done where the
            database can undo it (PostgreSQL can).
    """
    from alembic.util.exc import CommandError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.server.auth.db.utils import migrate as migrate_accounts
        from mlflow.store.db.utils import _initialize_tables, _upgrade_db
        from mlflow.version import VERSION
    logging.getLogger("mlflow").setLevel(logging.WARNING)

    named = _named(engine.url)
    try:
        if "experiments" in inspect(engine).get_table_names():
            _upgrade_db(engine)
        else:
            _initialize_tables(engine)
        migrate_accounts(engine, "head")
    except CommandError as error:
        if "Can't locate revision" not in str(error):
            raise PlatformError(f"the database {named} could not be migrated: {error}") from error
        newer = f"the database {named} has the schema of a newer version than MLflow {VERSION}"
        raise PlatformError(f"{newer}: install the version that wrote it, or restore an older backup") from error
    except SQLAlchemyError as error:
        mend = "restore the backup that was made before"
        raise PlatformError(f"the migration of {named} broke off: {_first_line(error)}; {mend}") from error


def is_empty(engine: Engine) -> bool:
    """Whether there is no run, no registered model and no account but the first start's."""
    tables = set(inspect(engine).get_table_names())
    most = {"runs": 0, "registered_models": 0, "logged_models": 0, "users": 1}
    with engine.connect() as connection:
        rows = {t: connection.exec_driver_sql(f"select count(*) from {t}").scalar() for t in most if t in tables}  # noqa: S608
    return all((count or 0) <= most[table] for table, count in rows.items())


def dump(engine: Engine, into: Path) -> None:
    """Write the whole database to a file, as of one moment.

    Raises:
        PlatformError: it cannot be written, or ``pg_dump`` is missing or too old.
    """
    if engine.url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database))) as source, closing(sqlite3.connect(into)) as target:
            source.backup(target)
    else:
        _postgres("pg_dump", engine.url, "--format=custom", "--no-owner", "--file", str(into))


def require_same_kind(engine: Engine, dumped: Path) -> None:
    """Whether a dump can be loaded into this kind of database.

    Raises:
        PlatformError: it cannot.
    """
    with dumped.open("rb") as handle:
        head = handle.read(6)
    kind = "sqlite" if head == b"SQLite" else "postgresql" if head.startswith(b"PGDMP") else "no database"
    if kind != engine.url.get_backend_name():
        raise PlatformError(f"the backup is of {kind}, the server's database is {engine.url.get_backend_name()}")


def load(engine: Engine, dumped: Path) -> None:
    """Read such a file into an empty database of its kind.

    Raises:
        PlatformError: ``pg_restore`` is missing, too old, or fails.
    """
    if engine.url.get_backend_name() == "sqlite":
        engine.dispose()
        with closing(sqlite3.connect(dumped)) as source, closing(sqlite3.connect(str(engine.url.database))) as target:
            source.backup(target)
    else:
        cleared = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
        database = engine.url.database or ""
        _postgres("pg_restore", engine.url, *cleared, "--dbname", database, str(dumped))


def _postgres(program: str, url: URL, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise PlatformError(f"{program} is not on this machine: install PostgreSQL's client programs")
    variables: dict[str, Any] = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    given = {**os.environ, **{key: str(value) for key, value in variables.items() if value}}
    done = subprocess.run([found, *arguments], env=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PlatformError(f"{program} failed: {done.stderr.strip().splitlines()[0] if done.stderr else 'no reason'}")


def _named(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _first_line(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
