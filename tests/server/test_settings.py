"""What a server is told, and what it tells MLflow."""

from configparser import ConfigParser

import pytest

from pipelines.errors import UsageError
from pipelines.server.settings import SECRETS, ServerSettings
from pipelines.server.start import environment


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Give each test a home of its own."""
    monkeypatch.setenv("AUTOTWEAK_HOME", str(tmp_path))
    (tmp_path / "server").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "abc", "AUTOTWEAK_SERVER_PORT: Input should be a valid integer"),
        ("WORKERS", "0", "AUTOTWEAK_SERVER_WORKERS: Input should be greater"),
        ("DATABASE", "foo", "AUTOTWEAK_SERVER_DATABASE is no address of a database"),
    ],
)
def test_a_wrong_setting_is_one_line(monkeypatch, name, value, said):
    """It names the variable; a value may be a secret and is not repeated."""
    monkeypatch.setenv(f"AUTOTWEAK_SERVER_{name}", value)
    with pytest.raises(UsageError, match=said):
        ServerSettings.read()


def test_a_secret_may_be_a_file(home, monkeypatch):
    """A variable that is set comes before the file of its name."""
    (home / "autotweak_server_database_password").write_text("from a file")
    monkeypatch.setenv(SECRETS, str(home))
    assert ServerSettings.read().database_password.get_secret_value() == "from a file"
    monkeypatch.setenv("AUTOTWEAK_SERVER_DATABASE_PASSWORD", "given")
    assert ServerSettings.read().database_password.get_secret_value() == "given"


def test_a_database_that_asks_for_no_password(monkeypatch):
    """Over a socket, say: it is reached by the same library."""
    monkeypatch.setenv("AUTOTWEAK_SERVER_DATABASE", "postgresql://tracking@/name?host=/run/postgresql")
    assert ServerSettings.read().uri == "postgresql+psycopg2://tracking@/name?host=%2Frun%2Fpostgresql"


def test_mlflow_reads_the_password_that_was_given(monkeypatch):
    """Also one with characters that addresses and configuration files have their own meaning for; nobody else can."""
    monkeypatch.setenv("AUTOTWEAK_SERVER_DATABASE", "postgresql://tracking@host/name")
    monkeypatch.setenv("AUTOTWEAK_SERVER_DATABASE_PASSWORD", "50% @/:#")
    settings = ServerSettings.read()
    told = environment(settings)
    parser = ConfigParser()
    parser.read(told["MLFLOW_AUTH_CONFIG_PATH"])
    assert parser["mlflow"]["database_uri"] == told["MLFLOW_BACKEND_STORE_URI"] == settings.uri
    assert parser["mlflow"]["default_permission"] == "NO_PERMISSIONS"
    assert (settings.home / "accounts.ini").stat().st_mode & 0o077 == 0
