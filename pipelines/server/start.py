"""From settings to a running server: store and schema made ready, the first account made, then MLflow itself."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from configparser import ConfigParser
from io import StringIO
from pathlib import Path

from sqlalchemy.engine import Engine

from pipelines.errors import PlatformError
from pipelines.server import database
from pipelines.server.accounts import ADMIN, Accounts
from pipelines.server.secrets import kept, write_private
from pipelines.server.settings import ServerSettings
from pipelines.server.undelayed import Undelayed


def prepare(settings: ServerSettings, say: Callable[[str], None]) -> Engine:
    """Make bucket, schema and first account; what is there already is left as it is.

    Raises:
        PlatformError: one of them cannot be made.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    for line in settings.files.prepare():
        say(line)
    engine = database.connect(settings.url)
    database.migrate(engine)
    accounts = Accounts(settings.uri)
    if not accounts.names():
        given = settings.admin_password.get_secret_value()
        password = accounts.add(ADMIN, "admin", (), given)
        shown = "with the password that was given" if given else f"password {password} (shown this once)"
        say(f"made the user {ADMIN}, {shown}")
    return engine


def serve(settings: ServerSettings) -> None:
    """Become MLflow's server; returns only with an error.

    Raises:
        PlatformError: the port is taken.
    """
    _require_free(settings.host, settings.port)
    command = [sys.executable, "-m", "mlflow", "server", "--app-name", "basic-auth"]
    command += ["--host", settings.host, "--port", str(settings.port), "--workers", str(settings.workers)]
    command += ["--uvicorn-opts", f"--http {Undelayed.__module__}:{Undelayed.__name__}"]
    if settings.allowed_hosts:
        command += ["--allowed-hosts", settings.allowed_hosts]
    os.execve(sys.executable, command, {**os.environ, **environment(settings)})  # noqa: S606 - it takes over this process


def environment(settings: ServerSettings) -> dict[str, str]:
    """What MLflow's server reads: secrets are in its environment and in one file, never on its command line."""
    given = {
        "MLFLOW_BACKEND_STORE_URI": settings.uri,
        "MLFLOW_ARTIFACTS_DESTINATION": settings.destination,
        "MLFLOW_AUTH_CONFIG_PATH": str(_accounts_file(settings)),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": settings.session_key.get_secret_value()
        or kept(settings.home / "session-key"),
    }
    if settings.url.get_backend_name() == "sqlite":
        # A writer that waits for another one keeps its connection: of 15 there would soon be none left for the next
        # request, which MLflow then refuses as a bad one, and no client tries that again. Its 40 threads are the limit.
        given |= {"MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW": "-1"}
    if settings.destination.startswith("s3:"):
        keys = (settings.s3_access_key.get_secret_value(), settings.s3_secret_key.get_secret_value())
        given |= {"AWS_DEFAULT_REGION": settings.s3_region}
        given |= {"MLFLOW_S3_ENDPOINT_URL": settings.s3_endpoint} if settings.s3_endpoint else {}
        given |= dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), keys, strict=True)) if keys[0] else {}
    return given


def _accounts_file(settings: ServerSettings) -> Path:
    """MLflow's settings of sign-in. Nobody may do anything that was not granted: each team sees what is its own."""
    parser = ConfigParser(interpolation=None)
    parser["mlflow"] = {
        "default_permission": "NO_PERMISSIONS",
        "database_uri": settings.uri.replace("%", "%%"),  # MLflow reads it with ConfigParser's interpolation
        "admin_username": ADMIN,
        "auth_cache_ttl_seconds": str(settings.signed_in_s),
        "authorization_function": "mlflow.server.auth:authenticate_request_basic_auth",
    }
    text = StringIO()
    parser.write(text)
    path = settings.home / "accounts.ini"
    write_private(path, text.getvalue())
    return path


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            other = "AUTOTWEAK_SERVER_PORT names another"
            raise PlatformError(f"the server cannot listen on {host}:{port}: {error.strerror}; {other}") from error
