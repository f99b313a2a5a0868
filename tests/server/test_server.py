"""A server without containers, on SQLite and a folder: started, used, looked after, backed up, restored."""

import json
import os
import re
import urllib.error
import urllib.request

import pytest

from benchmarks.team import TeamServer

pytestmark = pytest.mark.slow


def server(home, *arguments, **more):
    """Run ``autotweak server``."""
    return TeamServer(home)(*arguments, **more)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Give the home of a server that is ready, and has an account of each role."""
    home = tmp_path_factory.mktemp("server")
    made = server(home, "run", "--prepare", AUTOTWEAK_SERVER_ADMIN_PASSWORD="correct horse battery")
    assert made.returncode == 0, made.stderr
    return home


@pytest.fixture(scope="module")
def running(home):
    """Give the address of that server, running."""
    server = TeamServer(home).start(workers=1)
    yield server.address
    server.stop()


def client(address, name, password):
    """Give a client that signs in."""
    from mlflow import MlflowClient

    os.environ |= {"MLFLOW_TRACKING_USERNAME": name, "MLFLOW_TRACKING_PASSWORD": password}
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    return MlflowClient(address, registry_uri=address)


def test_rights_are_those_of_the_role(home, running, monkeypatch):
    """A trainer moves no alias, a viewer writes nothing, and nobody sees another team's experiment."""
    from mlflow.exceptions import MlflowException

    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"):
        monkeypatch.setenv(name, "")  # what the clients set is gone afterwards
    admin = client(running, "admin", "correct horse battery")
    ours, theirs = admin.create_experiment("wine"), admin.create_experiment("theirs")
    admin.create_registered_model("wine")
    run = admin.create_run(ours).info.run_id
    admin.log_text(run, "hello", "model/MLmodel")
    admin.create_model_version("wine", f"runs:/{run}/model", run, await_creation_for=None)
    secret = admin.create_run(theirs).info.run_id
    passwords = {}
    for role in ("viewer", "trainer", "promoter"):
        added = server(home, "user", "add", role, "--role", role, "--experiment", "wine")
        assert added.returncode == 0, added.stderr
        passwords[role] = added.stdout.strip()

    def may(role, act):
        try:
            act(client(running, role, passwords[role]))
        except MlflowException as error:
            if "403" not in str(error):
                raise
            return False
        return True

    assert all(may(role, lambda c: c.get_run(run)) for role in passwords)
    assert not any(may(role, lambda c: c.get_run(secret)) for role in passwords)
    assert [role for role in passwords if may(role, lambda c: c.log_metric(run, "x", 1.0))] == ["trainer"]
    alias = [role for role in passwords if may(role, lambda c: c.set_registered_model_alias("wine", "champion", "1"))]
    assert alias == ["promoter"]
    assert may("viewer", lambda c: c.list_artifacts(run))


def test_nothing_answers_whoever_does_not_sign_in(running):
    """Every route that MLflow has, but for its health, what kind of server it is, and the files of the page itself."""
    from mlflow.server import app

    open_ones = []
    for rule in app.url_map.iter_rules():
        path = "/" + "/".join("x" if part.startswith("<") else part for part in rule.rule.strip("/").split("/"))
        method = next(iter(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})))
        request = urllib.request.Request(running + path, method=method, data=b"{}" if method != "GET" else None)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                open_ones.append((path, answer.status))
        except urllib.error.HTTPError as error:
            if error.code != 401:
                open_ones.append((path, error.code))
    assert len(list(app.url_map.iter_rules())) > 100
    allowed = re.compile(r"/(health|static-files/x|(ajax-)?api/3.0/mlflow/server-info)")
    leaks = [place for place in open_ones if not allowed.fullmatch(place[0])]
    assert leaks == [], leaks


def test_backup_and_restore(home, running, tmp_path):
    """All that the server has is in another one afterwards; a damaged backup and a full server are refused."""
    backup, other = tmp_path / "backup", tmp_path / "other"
    stray = f"9/{'0' * 32}/artifacts/stray.txt"
    (home / "server" / "artifacts" / stray).parent.mkdir(parents=True)
    (home / "server" / "artifacts" / stray).write_text("no run has it")
    found = server(home, "check", "--json")
    assert found.returncode == 1
    assert "files_of_no_run" in {finding["kind"] for finding in json.loads(found.stdout)["findings"]}
    removed = server(home, "gc", "--older-than", "0h", "--remove")
    assert removed.stdout.splitlines() == [stray]
    made = server(home, "backup", backup)
    assert made.returncode == 0, made.stderr
    restored = server(other, "restore", backup)
    assert restored.returncode == 0, restored.stderr
    before, after = (
        {p.relative_to(at): p.read_bytes() for p in at.rglob("*") if p.is_file()}
        for at in (home / "server" / "artifacts", other / "server" / "artifacts")
    )
    assert before == after != {}
    assert server(other, "user", "list").stdout == server(home, "user", "list").stdout
    third = tmp_path / "third"
    assert server(third, "run", "--prepare").returncode == 0
    assert server(third, "user", "add", "ann", "--role", "viewer").returncode == 0
    assert "the server is not empty" in server(third, "restore", backup).stderr  # an account would be lost
    again = server(other, "restore", backup)
    assert "the server is not empty" in again.stderr
    (backup / "database.dump").write_bytes(b"SQLite something else")
    damaged = server(tmp_path / "fourth", "restore", backup)
    assert "is damaged: database.dump" in damaged.stderr


def test_a_schema_of_the_future_is_refused(tmp_path):
    """One line that says so; nothing is changed."""
    import sqlite3

    assert server(tmp_path, "run", "--prepare").returncode == 0
    with sqlite3.connect(tmp_path / "server" / "mlflow.db") as database:
        database.execute("update alembic_version set version_num = 'ffffffffffff'")
    refused = server(tmp_path, "run", "--prepare")
    assert refused.returncode == 3
    assert "has the schema of a newer version" in refused.stderr
    assert "Traceback" not in refused.stderr
