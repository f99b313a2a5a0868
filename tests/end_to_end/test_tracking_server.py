"""The stack of tracking_server/ as it is, brought up by Docker compose: from nothing to a model behind sign-in.

Where the public images cannot be pulled, images from Debian's packages stand in for them, under the same names.
"""

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import docker
import pytest
import yaml

from benchmarks.team import TeamServer
from pipelines.sources.s3 import Bucket, Credentials
from tests.end_to_end.conftest import AutoTweak

pytestmark = pytest.mark.docker

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = {"database": "postgres", "objects": "objects", "proxy": "caddy"}


def compose() -> list[str]:
    """The command of Docker compose: the older program, or the engine's plugin; empty where neither is there."""
    for command in (["docker-compose"], ["docker", "compose"]):
        if (
            shutil.which(command[0])
            and subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0
        ):
            return command
    return []


class Stack:
    """One stack, under a name and at a port of its own."""

    def __init__(self, project, folder):
        self.folder = folder / "tracking_server"
        shutil.copytree(ROOT / "tracking_server", self.folder, ignore=shutil.ignore_patterns(".env"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        settings = (self.folder / ".env.example").read_text().replace("HTTPS_PORT=443", f"HTTPS_PORT={self.port}")
        (self.folder / ".env").write_text(settings)
        self.command = [*compose(), "--project-name", project, "--file", str(self.folder / "compose.yaml")]

    def __call__(self, *arguments, ok=True):
        """Run compose."""
        done = subprocess.run([*self.command, *arguments], capture_output=True, text=True, cwd=self.folder, check=False)
        assert not ok or done.returncode == 0, done.stderr + done.stdout
        return done

    def server(self, *arguments, ok=True, variables=()):
        """Run ``autotweak server`` where it runs."""
        given = [word for variable in variables for word in ("--env", variable)]
        return self("exec", "-T", *given, "server", "python", "-m", "pipelines", "server", *arguments, ok=ok)

    @property
    def address(self):
        """Where browsers reach it."""
        return f"https://localhost:{self.port}"


def bring(docker_engine, name, stand_in):
    """Pull a public image; only a machine that cannot gets the stand-in under its name."""
    try:
        docker_engine.images.pull(name)
    except docker.errors.APIError:
        docker_engine.images.build(path=str(stand_in), tag=name, rm=True)


@pytest.fixture(scope="module")
def images(docker_engine):
    """Have the images that the stack is made of."""
    services = yaml.safe_load((ROOT / "tracking_server" / "compose.yaml").read_text())["services"]
    for service, folder in STAND_INS.items():
        name = services[service]["image"]
        try:
            docker_engine.images.get(name)
        except docker.errors.ImageNotFound:
            bring(docker_engine, name, ROOT / "tests" / "server" / "images" / folder)
    docker_engine.images.build(
        path=str(ROOT), dockerfile="tracking_server/Dockerfile", tag=services["server"]["image"], rm=True
    )


@pytest.fixture(scope="module")
def stack(images, tmp_path_factory):
    """Give a stack that is up."""
    if not compose():
        reason = "Docker compose is not installed"
        pytest.fail(reason) if os.environ.get("AUTOTWEAK_REQUIRE_DOCKER") else pytest.skip(reason)
    stack = Stack("autotweak-test", tmp_path_factory.mktemp("stack"))
    stack("down", "--volumes", "--timeout", "2")
    stack("up", "--detach", "--no-build")
    wait_for(stack)
    yield stack
    stack("down", "--volumes", "--timeout", "2")


@pytest.fixture(scope="module")
def signed_in(stack, tmp_path_factory):
    """Give what a client needs: an account that searches and promotes, and the proxy's own authority."""
    password = stack.server("user", "add", "ci", "--role", "driver").stdout.strip()
    root = tmp_path_factory.mktemp("tls") / "root.crt"
    root.write_text(stack("exec", "-T", "proxy", "cat", "/data/caddy/pki/authorities/local/root.crt").stdout)
    return {
        "MLFLOW_TRACKING_URI": stack.address,
        "MLFLOW_TRACKING_USERNAME": "ci",
        "MLFLOW_TRACKING_PASSWORD": password,
        "MLFLOW_TRACKING_SERVER_CERT_PATH": str(root),
    }


def get(stack, path):
    """The status of a page for whoever does not sign in."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(stack.address + path, context=context, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def wait_for(stack):
    """Wait until it answers: the proxy makes its certificate at the first start."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and get(stack, "/health") != 200:
        time.sleep(0.5)


def test_only_the_proxy_is_published(stack, docker_engine):
    """From outside there is TLS and sign-in, and nothing else."""
    mine = docker_engine.containers.list(filters={"label": "com.docker.compose.project=autotweak-test"})
    published = {c.labels["com.docker.compose.service"]: [p for p in c.ports.values() if p] for c in mine}
    assert {service for service, ports in published.items() if ports} == {"proxy"}
    assert (get(stack, "/health"), get(stack, "/")) == (200, 401)
    with pytest.raises(OSError, match=r"400|reset|closed"):
        urllib.request.urlopen(f"http://localhost:{stack.port}/", timeout=20)


def test_a_search_against_the_stack(stack, signed_in, autotweak: AutoTweak, tmp_path):
    """Its model is registered; all of it outlives a restart of every service, and a backup restored elsewhere."""
    ran = autotweak("run", "examples/wine-svm", "--sandbox", "process", "--json", **signed_in)
    assert ran.status == 0, ran.stderr
    assert ran.json["model"] == {"name": "wine-svm", "version": "1", "alias": "champion"}
    assert ran.stdout.count("\n") == 1
    for service in ("database", "objects", "server"):
        stack("restart", "--timeout", "2", service)
    wait_for(stack)
    assert stack.server("check").returncode == 0
    assert "0 files may go" in stack.server("gc").stderr
    stack.server("backup", "/backups/one")
    elsewhere = ("AUTOTWEAK_SERVER_DATABASE=postgresql://tracking@database/second",)
    elsewhere += ("AUTOTWEAK_SERVER_ARTIFACTS=s3://second", "AUTOTWEAK_HOME=/tmp/second")
    create = "PGPASSWORD=$(cat /secrets/autotweak_server_database_password) createdb -h 127.0.0.1 -U tracking second"
    stack("exec", "-T", "database", "sh", "-c", create)
    assert "each read back" in stack.server("restore", "/backups/one", variables=elsewhere).stderr
    assert stack.server("check", variables=elsewhere).returncode == 0
    stack.server("backup", "/backups/two", variables=elsewhere)
    one, two = (
        json.loads(stack("exec", "-T", "server", "cat", f"/backups/{name}/manifest.json").stdout)["files"]
        for name in ("one", "two")
    )
    assert one == two
    assert any(name.endswith("MLmodel") for name in one)


@pytest.fixture(scope="module")
def bucket(stack, docker_engine):
    """Give what boto3 needs for the stack's store, which this machine reaches though others do not."""
    (container,) = [c for c in docker_engine.containers.list() if c.name.startswith("autotweak-test_objects")]
    (network,) = container.attrs["NetworkSettings"]["Networks"].values()
    secrets = {
        name: stack("exec", "-T", "server", "cat", f"/secrets/autotweak_server_s3_{name}").stdout
        for name in ("access_key", "secret_key")
    }
    return {
        "AWS_ENDPOINT_URL_S3": f"http://{network['IPAddress']}:8333",
        "AWS_ACCESS_KEY_ID": secrets["access_key"],
        "AWS_SECRET_ACCESS_KEY": secrets["secret_key"],
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def test_data_from_a_bucket(bucket, autotweak: AutoTweak, tmp_path, monkeypatch):
    """A table in a bucket is the data of a built-in project; an object, or a folder, goes to the data cache."""
    from sklearn.datasets import load_wine

    for name, value in bucket.items():
        monkeypatch.setenv(name, value)
    table = tmp_path / "wine.csv"
    load_wine(as_frame=True).frame.to_csv(table, index=False)
    store = Bucket.at("s3://data/team", bucket["AWS_ENDPOINT_URL_S3"], "us-east-1", Credentials())
    assert (store.ensure(), store.ensure()) == (True, False)
    for key in ("wine.csv", "folder/a/wine.csv", "folder/b.csv"):
        store.put(key, table)
    ran = autotweak("trial", "sklearn:s3://data/team/wine.csv", "--sandbox", "process")
    assert ran.status == 0, ran.stderr
    for what in ("wine.csv", "folder"):
        assert autotweak("data", "add", f"s3://data/team/{what}").status == 0
    listed = autotweak("data", "list").stdout
    assert "wine.csv  (s3://data/team/wine.csv)" in listed
    assert "folder  (s3://data/team/folder)" in listed
    assert "has nothing of that name" in autotweak("data", "add", "s3://data/team/other.csv").error
    assert "there is no such bucket" in autotweak("data", "add", "s3://nothing/wine.csv").error


def test_a_bucket_that_goes_and_comes_back(bucket, autotweak: AutoTweak, tmp_path):
    """The search whose files it does not take ends with one line; made again, it gets all of them."""
    settings = {
        "ENDPOINT": "AWS_ENDPOINT_URL_S3",
        "ACCESS_KEY": "AWS_ACCESS_KEY_ID",
        "SECRET_KEY": "AWS_SECRET_ACCESS_KEY",
    }
    given = {f"AUTOTWEAK_SERVER_S3_{name}": bucket[variable] for name, variable in settings.items()}
    keys = Credentials(bucket["AWS_ACCESS_KEY_ID"], bucket["AWS_SECRET_ACCESS_KEY"])
    store = Bucket.at("s3://gone", bucket["AWS_ENDPOINT_URL_S3"], "us-east-1", keys)
    with TeamServer(tmp_path, AUTOTWEAK_SERVER_ARTIFACTS="s3://gone", **given) as server:
        driver = server.account("ci", "driver")
        store.client.delete_bucket(Bucket="gone")
        impatient = {**driver, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
        ran = autotweak("run", "examples/wine-svm", "--sandbox", "process", "--name", "gone", "--json", **impatient)
        assert ran.status == 3
        assert "could not store a trial's output: it answers with 500; its log says why" in ran.error
        assert store.ensure()
        went_on = autotweak("resume", ran.json["search_run_id"], "--json", **driver)
        assert (went_on.status, went_on.json["model"]["version"]) == (0, "1"), went_on.stderr
        assert server("check").returncode == 0


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("AUTOTWEAK_SERVER_S3_SECRET_KEY=wrong", "the secret key does not fit the access key"),
        ("AUTOTWEAK_SERVER_S3_ACCESS_KEY=nobody", "access key"),  # which of the two is wrong is not told alike
        ("AUTOTWEAK_SERVER_S3_ENDPOINT=http://127.0.0.1:9", "cannot reach the bucket tracking at http://127.0.0.1:9"),
        ("AUTOTWEAK_SERVER_DATABASE_PASSWORD=wrong", "password authentication failed"),
        ("AUTOTWEAK_SERVER_DATABASE=postgresql://tracking@database/none", "does not exist"),
    ],
)
def test_what_is_wrong_is_one_line(stack, variable, said):
    """A wrong key, a store that is not there, a wrong password, a database that is not there."""
    done = stack.server("run", "--prepare", ok=False, variables=(variable, "AUTOTWEAK_HOME=/tmp/other"))
    lines = [line for line in done.stderr.splitlines() if line.startswith("autotweak: ")]
    assert done.returncode == 3
    assert len(lines) == 1, done.stderr
    assert said in lines[0]
    assert os.linesep not in lines[0]
