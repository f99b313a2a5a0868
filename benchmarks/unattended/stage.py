"""All the pieces, running for real, and what can be asked of them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from benchmarks.unattended.git_server import ROOT, Developer, git_server
from benchmarks.unattended.kept import Kept, Unmet, free_port, until
from mlprojects.contract import journal
from pipelines.environments import Environment, ensure_image, ensure_venv
from pipelines.sandbox.docker import HOME, engine
from pipelines.searches import find
from pipelines.settings import MachineSettings
from tests.mail_server import Authority, MailServer

NAME, SECRET = "digits", "of the benchmark"
SETTINGS = {"max_trials": 12, "timeout": "5m", "seed": 0}


@dataclass(frozen=True)
class Stage:
    """What runs, and where."""

    home: Path
    sandbox: str
    engine: Any
    watch: Kept
    serve: Kept
    hooks: str
    endpoint: str
    developer: Developer
    client: MlflowClient
    mail: MailServer

    def runs(self, commit: str | None = None) -> list[Run]:
        """The searches of a commit, or of all."""
        experiment = self.client.get_experiment_by_name(NAME)
        if experiment is None:
            return []
        wanted = "tags.`autotweak.role` = 'parent'"
        wanted += f" and tags.`autotweak.source_commit` = '{commit}'" if commit else ""
        return list(self.client.search_runs([experiment.experiment_id], wanted))

    def search(self, commit: str) -> Path:
        """The folder of a commit's search, once it is there."""
        runs = until(f"the run of {commit[:12]}", lambda: self.runs(commit))
        run_id = runs[0].info.run_id
        return until(f"the search of {commit[:12]}", lambda: find(self.home, run_id)).root

    def events(self, search: Path, kind: str) -> list[dict[str, Any]]:
        """What the baseline's journal has of one kind."""
        path = search / "trials" / "0000" / "journal.jsonl"
        events = journal.parse(path.read_bytes())[0] if path.exists() else []
        return [event for event in events if event["event"] == kind]

    def ended(self, commit: str) -> Run | None:
        """The run of a commit, once its search has ended and is settled."""
        runs = self.runs(commit)
        return runs[0] if runs and runs[0].data.tags.get("autotweak.queue") not in ("waiting", "running") else None

    def champion(self, commit: str) -> str | None:
        """The version that came of a commit, where it is the one in use."""
        with suppress(MlflowException):
            version = self.client.get_model_version_by_alias(NAME, "champion")
            return str(version.version) if version.tags.get("source_commit") == commit else None
        return None

    def serves(self, version: str) -> bool:
        """Whether serving has said that it has this version."""
        return any(line["version"] == version for line in self.serve.events("serving"))

    def mails(self, commit: str, title: str) -> list[str]:
        """The subjects of the mails of this title about one commit."""
        bodies = [(str(mail["Subject"]), mail.get_body(("plain",))) for mail in self.mail.mails]
        return [said for said, body in bodies if title in said and body and commit[:12] in body.get_content()]


@contextmanager
def stage(folder: Path, sandbox: str) -> Iterator[Stage]:
    """Start everything; end everything."""
    client = engine()
    if sandbox == "docker" and client is None:
        raise Unmet("no Docker engine answers; start one, or give --sandbox process")
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of itself with each sign-in
    home, secret, config = folder / "home", folder / "secret", folder / "watch.yaml"
    home.mkdir()
    _environment(home, sandbox, client)
    secret.write_text(SECRET)
    ports = {name: free_port() for name in ("mlflow", "watch", "serve")}
    tracking, hooks, endpoint = (f"http://127.0.0.1:{port}" for port in ports.values())
    with ExitStack() as stack:
        stack.callback(_remove_containers, client, home)
        git = stack.enter_context(git_server(folder))
        developer = Developer(folder, git, NAME, secret, hooks)
        mail = MailServer(Authority.made(folder)).start()
        stack.callback(mail.stop)
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "AUTOTWEAK_NOTIFY"))}
        variables = plain | {
            "AUTOTWEAK_HOME": str(home),
            "AUTOTWEAK_NOTIFY": mail.url(),
            "MLFLOW_TRACKING_URI": tracking,
            "PYTHONPATH": str(ROOT),
            "SSL_CERT_FILE": str(mail.authority.root),
        }

        def keep(name: str, module: str, *arguments: str) -> Kept:
            kept = Kept(name, module, *arguments, folder=folder, environment=variables)
            stack.callback(kept.end)
            return kept

        store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/files"]
        keep("mlflow", "mlflow", "server", "--port", str(ports["mlflow"]), "--workers", "1", *store)
        registry = MlflowClient(tracking)
        until("the tracking server", lambda: _answers(registry))
        repository = {"url": developer.url, "name": NAME, "secret_file": str(secret), "settings": SETTINGS}
        service = {"repositories": [repository], "port": ports["watch"], "poll": "5s", "sandbox": sandbox}
        config.write_text(yaml.safe_dump(service))
        watch = keep("watch", "pipelines", "watch", str(config))
        options = ["--wait", "--port", str(ports["serve"]), "--sandbox", sandbox]
        serve = keep("serve", "pipelines", "serve", NAME, *options)
        until("autotweak watch", lambda: watch.events("listening"))
        until("autotweak serve", lambda: serve.events("listening"))
        yield Stage(home, sandbox, client, watch, serve, hooks, endpoint, developer, registry, mail)


def _environment(home: Path, sandbox: str, client: Any) -> None:
    """What is made once on a machine is there already, or is made before anything is measured."""
    keras, users = Environment("keras"), MachineSettings().home
    if sandbox == "docker":
        ensure_image(keras, client, print)
        return
    (users / "environments").mkdir(parents=True, exist_ok=True)
    (home / "environments").symlink_to(users / "environments")
    ensure_venv(keras, home, print)


def _answers(client: MlflowClient) -> bool:
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    with suppress(MlflowException):
        client.search_experiments(max_results=1)
        client.search_registered_models(max_results=1)  # asked twice at once for the first time, MLflow breaks for good
        return True
    return False


def _remove_containers(client: Any, home: Path) -> None:
    """What a run that failed has left."""
    if client is not None:
        for container in client.containers.list(all=True, filters={"label": f"{HOME}={home.resolve()}"}):
            container.remove(force=True, v=True)
