"""What does not fit together in a server, and what it need not keep: decided over facts that were gathered once."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pipelines.server.files import Files
from pipelines.tracking.earlier import all_pages

HOUR_S = 3600.0
SILENT_S = 24 * HOUR_S
"""A search that runs longer than this is taken for one whose driver is gone."""
WITH_OUTPUT = ("baseline", "confirm")
"""Roles whose output is always kept."""
ENDED_BADLY = ("FAILED", "KILLED")
_OWNED = re.compile(r"\d+/([0-9a-f]{32}|models/m-[0-9a-f]{32})/artifacts")
"""Where MLflow puts the files of a run, or of a logged model. What lies elsewhere (traces, say) is somebody else's."""


@dataclass(frozen=True)
class RunFact:
    """One run."""

    run: str
    folder: str
    """Of its files, in the store."""
    status: str
    role: str
    parent: str
    started: float
    """Seconds since the epoch."""
    deleted: bool = False


@dataclass(frozen=True)
class ModelFact:
    """One logged model, or one registered version."""

    name: str
    folder: str
    run: str
    registered: bool = False


@dataclass(frozen=True)
class Facts:
    """What there is."""

    runs: tuple[RunFact, ...]
    models: tuple[ModelFact, ...]
    files: tuple[str, ...]
    now: float


@dataclass(frozen=True)
class Finding:
    """Something that does not fit together."""

    kind: str
    """``version_without_files``, ``files_of_no_run``, ``run_without_files`` or ``orphaned_run``."""
    what: str
    hint: str


def gather(uri: str, files: Files, now: float | None = None) -> Facts:
    """Ask the database at ``uri`` and the store.

    Raises:
        PlatformError: the store cannot be listed.
    """
    from mlflow import MlflowClient
    from mlflow.entities import ViewType

    names = tuple(files.names())  # first: a file that comes later belongs to a run that is known by then
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiments = [e.experiment_id for e in all_pages(client.search_experiments, view_type=ViewType.ALL)]
    runs = [
        RunFact(
            run.info.run_id,
            folder_of(run.info.artifact_uri),
            run.info.status,
            run.data.tags.get("autotweak.role", ""),
            run.data.tags.get("mlflow.parentRunId", ""),
            run.info.start_time / 1000,
            run.info.lifecycle_stage == "deleted",
        )
        for run in all_pages(client.search_runs, experiment_ids=experiments, run_view_type=ViewType.ALL)
    ]
    logged = {m.model_id: m for m in all_pages(client.search_logged_models, experiment_ids=experiments)}
    models = [ModelFact(m.model_id, folder_of(m.artifact_location), m.source_run_id or "") for m in logged.values()]
    places = {f"runs:/{run.run}": run.folder for run in runs} | {f"models:/{m.name}": m.folder for m in models}
    for version in all_pages(client.search_model_versions):
        address = client.get_model_version_download_uri(version.name, version.version)
        name = f"{version.name} version {version.version}"
        models.append(ModelFact(name, _place(address, places), version.run_id or "", registered=True))
    return Facts(tuple(runs), tuple(models), names, time.time() if now is None else now)


def folder_of(address: str) -> str:
    """Where in the store an address of MLflow leads: ``mlflow-artifacts:/1/abc/artifacts`` is ``1/abc/artifacts``."""
    return urlsplit(address).path.strip("/")


def _place(address: str, places: dict[str, str]) -> str:
    """The folder of a version's files: below its run's, its logged model's, or where its address itself leads."""
    scheme, _, rest = address.partition(":/")
    owner, _, inner = rest.lstrip("/").partition("/")
    folder = places.get(f"{scheme}:/{owner}")
    return folder_of(address) if folder is None else "/".join(filter(None, (folder, inner)))


def check(facts: Facts) -> list[Finding]:
    """What does not fit together."""
    found: list[Finding] = []
    folders = {str(parent) for name in facts.files for parent in PurePosixPath(name).parents}
    for model in facts.models:
        if model.folder not in folders:
            kind = "version_without_files" if model.registered else "run_without_files"
            found.append(Finding(kind, model.name, f"nothing is in {model.folder}: restore it, or delete it"))
    known = {run.folder for run in facts.runs} | {model.folder for model in facts.models}
    strays = sorted(filter(_OWNED.fullmatch, {_home_of(name) for name in facts.files} - known))
    found += [Finding("files_of_no_run", folder, "no run and no model has it: gc removes it") for folder in strays]
    ended = {run.run for run in facts.runs if run.status != "RUNNING"}
    for run in facts.runs:
        silent = facts.now - run.started > SILENT_S
        if run.deleted:
            continue
        if run.status == "RUNNING" and (run.parent in ended or silent):
            why = "its search has ended" if run.parent in ended else "it has run for more than a day"
            found.append(Finding("orphaned_run", run.run, f"{why}: autotweak resume, or mark it as failed"))
        if run.status == "FINISHED" and run.role in WITH_OUTPUT and run.folder not in folders:
            found.append(Finding("run_without_files", run.run, f"nothing is in {run.folder}: restore it from a backup"))
    return found


def superfluous(facts: Facts, older_s: float) -> list[str]:
    """The files that need not be kept, of runs that began longer than ``older_s`` ago.

    Files of runs and models that are no more; of deleted runs; of trials that did not win. Never those of a registered
    version, nor of the run and the logged model that it came from, nor of runs under way, nor anything that autotweak
    did not make: other runs, their models, traces.
    """
    registered = [model for model in facts.models if model.registered]
    kept_runs = {model.run for model in registered} | {r.run for r in facts.runs if r.status == "RUNNING"}
    kept = {model.folder for model in facts.models if model.registered or model.run in kept_runs}
    young = facts.now - older_s
    runs = {run.folder: run for run in facts.runs}
    models = {model.folder: model for model in facts.models}
    makers = {run.run: run for run in facts.runs}
    gone = []
    for name in facts.files:
        folder = _home_of(name)
        if any(f"{name}/".startswith(f"{place}/") for place in kept):
            continue
        model = models.get(folder)
        run = runs.get(folder) if model is None else makers.get(model.run)
        if run is None:
            if model is None and _OWNED.fullmatch(folder):
                gone.append(name)
            continue
        ours = run.role != ""
        loser = run.deleted or (ours and (model is not None or run.role == "search" or run.status in ENDED_BADLY))
        if loser and run.run not in kept_runs and run.started < young:
            gone.append(name)
    return gone


def _home_of(name: str) -> str:
    """The folder of the run or model that a file belongs to: all up to ``artifacts``."""
    parts = name.split("/")
    place = parts.index("artifacts") + 1 if "artifacts" in parts else len(parts) - 1
    return "/".join(parts[:place])
