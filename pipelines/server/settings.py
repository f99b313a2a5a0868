"""What the server is told: environment variables ``AUTOTWEAK_SERVER_<NAME>``, and secrets as files of a folder."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from pipelines.errors import UsageError
from pipelines.server.files import Files, Folder, Objects
from pipelines.settings import MachineSettings
from pipelines.sources.s3 import Bucket, Credentials

SECRETS = "AUTOTWEAK_SERVER_SECRETS"
"""The variable that names the folder; a file in it is named like the variable it stands for, in small letters."""


class ServerSettings(BaseSettings):
    """The settings of one server. Unset, all is below ``$AUTOTWEAK_HOME/server``: SQLite, and a folder of artifacts."""

    model_config = SettingsConfigDict(env_prefix="AUTOTWEAK_SERVER_", extra="ignore")

    home: Path = Field(default_factory=lambda: MachineSettings().home / "server")
    """Where the server keeps what it makes itself."""
    database: str = ""
    """``postgresql://user@host/name`` or ``sqlite:////path``; without the password."""
    database_password: SecretStr = SecretStr("")
    artifacts: str = ""
    """A folder, or ``s3://bucket/prefix``."""
    s3_endpoint: str | None = None
    """Of a store that is not AWS: ``http://host:port``; empty: AWS."""
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    admin_password: SecretStr = SecretStr("")
    """Of the user ``admin`` at the first start; unset, one is made and shown once."""
    session_key: SecretStr = SecretStr("")
    """What MLflow signs its pages' forms with; unset, one is made and kept below ``home``."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 5000
    workers: Annotated[int, Field(ge=1)] = 2
    signed_in_s: Annotated[int, Field(ge=0)] = 30
    """For how many seconds each worker takes a password for right that was right; 0: it is checked several times a
    request, and each check costs 60 ms, by design."""
    allowed_hosts: str = ""
    """Names by which the server is reached, with commas; unset: this machine's and those of private networks."""

    @classmethod
    def read(cls) -> ServerSettings:
        """Read environment and secrets.

        Raises:
            UsageError: one of them is not what it has to be.
        """
        folder = os.environ.get(SECRETS)
        try:
            read = cls(_secrets_dir=folder) if folder and Path(folder).is_dir() else cls()  # type: ignore[call-arg]
        except ValidationError as error:
            first = error.errors()[0]
            raise UsageError(f"AUTOTWEAK_SERVER_{str(first['loc'][0]).upper()}: {first['msg']}") from error
        try:
            make_url(read.database or "sqlite://")
        except ArgumentError as error:
            wanted = "postgresql://USER@HOST/NAME and sqlite:////PATH are"
            raise UsageError(f"AUTOTWEAK_SERVER_DATABASE is no address of a database; {wanted}") from error
        return read

    @cached_property
    def url(self) -> URL:
        """The database, with its password."""
        url = make_url(self.database or f"sqlite:///{self.home / 'mlflow.db'}")
        password = self.database_password.get_secret_value()
        if url.get_backend_name() == "postgresql":  # with or without a password: a socket may need none
            url = url.set(drivername="postgresql+psycopg2", password=password or url.password)
        return url

    @property
    def uri(self) -> str:
        """The same as text, the password in it: for the server's environment, never for a command line."""
        return self.url.render_as_string(hide_password=False)

    @cached_property
    def destination(self) -> str:
        """Where MLflow's server puts artifacts."""
        return self.artifacts or str(self.home / "artifacts")

    @cached_property
    def files(self) -> Files:
        """The artifacts, without MLflow."""
        if self.destination.startswith("s3:"):
            keys = Credentials(self.s3_access_key.get_secret_value(), self.s3_secret_key.get_secret_value())
            return Objects(Bucket.at(self.destination, self.s3_endpoint or None, self.s3_region, keys))
        return Folder(Path(self.destination))
