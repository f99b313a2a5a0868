"""The adapter to MLflow: one parent run per search, a nested run per trial, the winner in the registry."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

# Seconds long: who asks whether there is a server does not wait for one.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # standard output is for --json

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mlflow import MlflowClient, set_tracking_uri
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.exceptions import MlflowException

from mlprojects.contract.shipping import translate
from mlprojects.contract.trial import TrialSpec, Tweak
from pipelines.facts import Described, Event, Outcome
from pipelines.sources.source import Source
from pipelines.tracking import earlier
from pipelines.tracking.aliases import CHAMPION, move
from pipelines.tracking.comparing import model_page, run_page, site_of
from pipelines.tracking.inputs import data_sets, model_output, user_name
from pipelines.tracking.plots import confusion_matrix_figure
from pipelines.tracking.refusals import explained
from pipelines.tracking.reproduce import reproduce_trial, run_title

_RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
PATIENT_RETRIES = "6"
"""Of a search: about two minutes long, so that a server may be started again; trials do not wait for it."""
MOST_METRICS = 1000
"""MLflow's limit of metrics in one request."""
_Point = tuple[str, float, int, int]
MOST_RESTARTS = 15
"""Reasons on the parent run: a tag holds 8,000 characters at most."""


@dataclass(frozen=True)
class ModelVersion:
    """A version in the registry; ``alias`` is None where it was not promoted."""

    name: str
    version: str
    alias: str | None


def tracking_uri(home: Path) -> str:
    """``MLFLOW_TRACKING_URI``, or the embedded store: SQLite below ``home``."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home}/mlflow.db"


class Tracker:
    """Writes one search to MLflow. A :class:`pipelines.search.loop.Watcher`."""

    def __init__(self, home: Path) -> None:
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        logging.getLogger("alembic").setLevel(logging.ERROR)
        # Asked before MLflow is told: telling it sets the variable.
        self.given = bool(os.environ.get("MLFLOW_TRACKING_URI"))
        self.uri = tracking_uri(home)
        home.mkdir(parents=True, exist_ok=True)
        # Two runs that are the first in a home would both make the tables.
        with explained(f"be reached at {self.uri}"), FileLock(home / "mlflow.db.lock"):
            set_tracking_uri(self.uri)  # the registry resolves models:/ sources against the process's own URI
            self.client = MlflowClient(tracking_uri=self.uri)
            self.client.search_experiments(max_results=1)
        self.artifacts = None if self.given else (home / "artifacts").as_uri()
        self._runs: dict[int, str] = {}
        self._specs: dict[int, TrialSpec] = {}
        self._opened_ms: dict[int, int] = {}
        self._events: dict[int, list[Event]] = {}
        self._sent: dict[int, set[_Point]] = {}  # what a trial's run has already, of trials under way
        self._written: dict[str, Any] = {}
        self._given: set[str] = set()  # parameters that `mlflow run` has logged: a value is never changed
        self._tags: dict[str, str] = {}
        self._found: dict[int, str] = {}  # runs of trials that an earlier driver has opened
        self._restarts: list[str] = []
        self.experiment_id = ""
        self.run_id = ""

    def start(
        self,
        name: str,
        title: str,
        tags: dict[str, str],
        params: dict[str, str],
        reproduce: str,
        given: str | None = None,
        resumed: bool = False,
    ) -> None:
        """Open the parent run: the one that ``mlflow run`` has opened already, an earlier driver's, or a new one.

        Args:
            name: the source's name; the experiment's as well unless the environment names another.
            title: the run's name, where it is new.
            tags: what holds for the search and each of its trials, keys without the ``autotweak.`` prefix.
            params: the search's own parameters.
            reproduce: the command that runs this search again.
            given: the run that was opened for the search, where another driver than this one was told.
            resumed: whether an earlier driver may have opened runs; they are found by the tag ``search``.
        """
        self._tags = {f"autotweak.{key}": value for key, value in tags.items() if value}
        self._tags |= {"mlflow.source.name": tags["source"], "mlflow.user": user_name()}
        if tags["source_commit"]:
            self._tags["mlflow.source.git.commit"] = tags["source_commit"]
        self._source = tags["source"]
        with explained("start a run"):
            self.run_id = os.environ.get("MLFLOW_RUN_ID", "") if given is None else given
            if not self.run_id and resumed:
                self.run_id = earlier.run_of(self.client, tags["search"])
            if self.run_id:
                self.experiment_id = self.client.get_run(self.run_id).info.experiment_id
            else:
                self.experiment_id = earlier.experiment_of(self.client, name, self.artifacts)
                self.run_id = self.client.create_run(self.experiment_id, run_name=title).info.run_id
            own = {"autotweak.role": "parent", **self._tags, "autotweak.reproduce": reproduce}
            existing = self.client.get_run(self.run_id).data.params
            fresh = [Param(k, v) for k, v in params.items() if k not in existing]
            self.client.log_batch(self.run_id, params=fresh, tags=[RunTag(k, v) for k, v in own.items()])
            if resumed:
                self.client.update_run(self.run_id, status="RUNNING")
                if "autotweak.reason" in self.client.get_run(self.run_id).data.tags:
                    self.client.delete_tag(self.run_id, "autotweak.reason")
                self._found = earlier.trials_of(self.client, self.experiment_id, self.run_id)
        if os.environ.get(_RETRIES, "2") == "2":
            os.environ[_RETRIES] = PATIENT_RETRIES

    def search_of(self, run_id: str) -> str:
        """The search that a run belongs to; empty where there is no such run."""
        try:
            return str(self.client.get_run(run_id).data.tags.get("autotweak.search", ""))
        except MlflowException:
            return ""

    def previous_best(self, source: Source) -> Tweak:
        """The best tweak of the previous search of this source; empty where there is none."""
        with explained("find the previous search"):
            return earlier.previous_best(self.client, self.experiment_id, source)

    def start_single(self, name: str, tags: dict[str, str], spec: TrialSpec) -> None:
        """Open the run of one trial that belongs to no search; arguments as for :meth:`start`."""
        self.start(name, run_title(spec), {**tags, "role": spec.role}, {}, reproduce_trial(tags["source"], spec))
        self._follow(spec, self.run_id)
        with explained("read a run"):
            self._given = set(self.client.get_run(self.run_id).data.params)

    # -- Watcher --------------------------------------------------------------------------------------

    def submitted(self, spec: TrialSpec, origin: str) -> None:
        """Open the trial's run, or the one that an earlier driver has opened."""
        if spec.trial in self._found:
            run_id = self._found.pop(spec.trial)
            with explained("open a trial's run"):
                self.client.update_run(run_id, status="RUNNING")
                opened_ms = self.client.get_run(run_id).info.start_time
            self._follow(spec, run_id, opened_ms)
            return
        tags = {
            **self._tags,
            "mlflow.parentRunId": self.run_id,
            "autotweak.role": spec.role,
            "autotweak.origin": origin,
            "autotweak.trial": str(spec.trial),
            "autotweak.tweak": json.dumps(spec.tweak, sort_keys=True),
            "autotweak.reproduce": reproduce_trial(self._source, spec),
        }
        with explained("open a trial's run"):
            run = self.client.create_run(self.experiment_id, run_name=f"{spec.trial:03d} {run_title(spec)}", tags=tags)
        self._follow(spec, run.info.run_id, run.info.start_time)

    def _follow(self, spec: TrialSpec, run_id: str, opened_ms: int = 0) -> None:
        self._runs[spec.trial], self._specs[spec.trial], self._opened_ms[spec.trial] = run_id, spec, opened_ms
        self._events[spec.trial], self._sent[spec.trial] = [], set()

    def heard(self, trial: int, events: list[Event]) -> None:
        """Keep the events; they are shipped with the next tick, or when the trial has ended."""
        self._events[trial] += events
        for event in events:
            if isinstance(event, Described) and self._specs[trial].role == "baseline":
                self._written = dict(event.knobs)

    def ended(self, outcome: Outcome) -> None:
        """Ship the journal and close the run."""
        spec, run = self._specs[outcome.trial], self._runs[outcome.trial]
        heard = self._events.pop(outcome.trial)
        events = [event.model_dump() for event in heard]
        batch = translate(spec, events, self._written)
        sent = self._sent.pop(outcome.trial)
        metrics = [Metric(*point) for point in batch.metrics if point not in sent]
        with explained("log a trial"):
            self.client.log_batch(
                run,
                metrics=metrics[:MOST_METRICS],
                params=[Param(k, v[:6000]) for k, v in batch.params.items() if k not in self._given],
                tags=[RunTag(k, v[:5000]) for k, v in batch.tags.items()],
            )
            for start in range(MOST_METRICS, len(metrics), MOST_METRICS):
                self.client.log_batch(run, metrics=metrics[start : start + MOST_METRICS])
            if data := data_sets(heard, self._source):
                self.client.log_inputs(run, datasets=data)
            ending = "FAILED" if outcome.failed else "FINISHED"  # also of a trial whose journal was lost
            status = ending if batch.status == "RUNNING" else batch.status
            # A short trial may have ended before the server was told of it: no run ends before it began.
            ended_ms = max(int(events[-1]["time"] * 1000), self._opened_ms[outcome.trial]) if events else None
            self.client.set_terminated(run, status, ended_ms)

    def restarted(self, reason: str, _: tuple[int, ...]) -> None:
        """Keep the reasons on the search; those of a trial's further attempts are in its journal."""
        self._restarts = [*self._restarts, reason[:300]][-MOST_RESTARTS:]
        with explained("log a restart"):
            self.client.set_tag(self.run_id, "autotweak.restarts", json.dumps(self._restarts, ensure_ascii=False))

    def tick(self) -> None:
        """Ship what trials under way have measured since the last time: one request for each that has.

        Which of its models counts is known only at the end of a baseline; its curves come then.
        """
        for trial, events in self._events.items():
            spec, sent = self._specs[trial], self._sent[trial]
            if spec.gate is None or not events:
                continue
            found = translate(spec, [event.model_dump() for event in events]).metrics
            fresh = [point for point in found if point not in sent][:MOST_METRICS]
            if fresh:
                with explained("log a trial"):
                    self.client.log_batch(self._runs[trial], metrics=[Metric(*point) for point in fresh])
                sent.update(fresh)

    # -- addresses --------------------------------------------------------------------------------------

    def page(self, trial: int | None = None) -> str:
        """The search's page, or a trial's, in the server's UI; empty where the store is no server."""
        run = self.run_id if trial is None else self._runs.get(trial, "")
        site = site_of(self.uri)
        return run_page(site, self.experiment_id, run) if site and run else ""

    def page_of_model(self, name: str, version: str) -> str:
        """A model version's page in the server's UI; empty where the store is no server."""
        site = site_of(self.uri)
        return model_page(site, name, version) if site else ""

    def give_up(self, search: str, given: str, reason: str) -> None:
        """Close the run of a search that no driver is going to end; ``given`` is the one that was opened for it."""
        with explained("close the search"):
            run_id = given or earlier.run_of(self.client, search)
            if run_id:
                tags = {"autotweak.status": "given_up", "autotweak.reason": reason}
                self.client.log_batch(run_id, tags=[RunTag(key, text[:5000]) for key, text in tags.items()])
                self.client.set_terminated(run_id, "FAILED")

    # -- the end --------------------------------------------------------------------------------------

    def output(self, trial: int, text: str) -> None:
        """What a trial printed, as an artifact of its run."""
        with explained("store a trial's output"):
            self.client.log_text(self._runs[trial], text, "output.log")

    def log(self, name: str, text: str) -> None:
        """A text as an artifact of the search's own run."""
        with explained(f"store {name}"):
            self.client.log_text(self.run_id, text, name)

    def plots(self, trial: int, files: dict[str, bytes]) -> None:
        """The figures that a trial's script showed or saved, as artifacts of its run below ``plots/``."""
        if not files:
            return
        with explained("store a trial's figures"), tempfile.TemporaryDirectory() as scratch:
            for name, data in files.items():
                (Path(scratch) / name).write_bytes(data)
            self.client.log_artifacts(self._runs[trial], scratch, "plots")

    def winner(
        self,
        outcome: Outcome,
        summary: str,
        model: Path | None,
        name: str | None,
        promote: bool,
        tags: dict[str, str],
        note: str = "",
    ) -> ModelVersion | None:
        """Store the winner's confusion matrix, summary and model; register the model where there is one.

        Args:
            outcome: the winning trial.
            summary: the model in words.
            model: its folder in MLflow format, or None: there is none to store.
            name: the registered model's name, or None: the model is stored, not registered.
            promote: whether the alias ``champion`` moves to the new version.
            tags: tags of the version.
            note: its description, in Markdown.
        """
        run = self._runs[outcome.trial]
        with explained("store the winner"):
            self.client.log_text(run, summary, "model_summary.txt")
            if outcome.test is not None and outcome.test.confusion is not None:
                figure = confusion_matrix_figure(outcome.test.confusion, title="test data")
                self.client.log_figure(run, figure, "confusion_matrix.png")
            if model is None:
                return None
            model_id = self._log_model(run, model, outcome)
            if name is None:
                return None
            self._registered(name)
            # An earlier driver may have come as far as this: there is no second version of a run's model.
            same = self.client.search_model_versions(f"name = '{name}' and run_id = '{run}'")
            version = next(iter(same), None) or self.client.create_model_version(
                name, source=f"models:/{model_id}", run_id=run, tags=tags, model_id=model_id, description=note
            )
            if promote:
                move(self.client, name, CHAMPION, str(version.version))
            return ModelVersion(name, str(version.version), CHAMPION if promote else None)

    def _registered(self, name: str) -> None:
        try:
            self.client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _log_model(self, run: str, folder: Path, outcome: Outcome) -> str:
        test = outcome.test
        of_run = f"source_run_id = '{run}'"
        earlier = self.client.search_logged_models([self.experiment_id], of_run, max_results=1)
        logged = next(iter(earlier), None) or self.client.create_logged_model(
            self.experiment_id,
            name="model",
            source_run_id=run,
            params={k: str(v) for k, v in outcome.tweak.items()},
            tags={"autotweak.trial": str(outcome.trial)},
        )
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / "model"
            shutil.copytree(folder, copy)
            description = yaml.safe_load((copy / "MLmodel").read_text(encoding="utf-8"))
            description |= {"model_id": logged.model_id, "run_id": run}
            (copy / "MLmodel").write_text(yaml.safe_dump(description), encoding="utf-8")
            self.client.log_model_artifacts(logged.model_id, str(copy))
        self.client.finalize_logged_model(logged.model_id, "READY")
        if not self.client.get_run(run).outputs.model_outputs:
            self.client.log_outputs(run, [model_output(logged.model_id)])
        if test is not None:
            when = int(test.time * 1000)
            self.client.log_metric(run, f"test_{test.metric}", test.value, timestamp=when, model_id=logged.model_id)
        return str(logged.model_id)

    def finish(
        self,
        metrics: dict[str, float],
        tags: dict[str, str],
        note: str,
        status: str = "FINISHED",
        when: float | None = None,
        outcome: str = "",
    ) -> None:
        """Close the parent run, and trials that the end of the search has cut off.

        Args:
            metrics: the search's own.
            tags: keys without the ``autotweak.`` prefix.
            note: the run's description, in Markdown.
            status: MLflow's.
            when: the metrics' time; None: now.
            outcome: what came of it, in short; the run's name begins with it, since lists cut names off.
        """
        with explained("close the search"):
            for trial in list(self._events):
                self.client.set_terminated(self._runs[trial], "KILLED")
            named = {**{f"autotweak.{k}": v for k, v in tags.items() if v}, "mlflow.note.content": note}
            for key, number in metrics.items():
                self.client.log_metric(self.run_id, key, number, timestamp=int(when * 1000) if when else None)
            self.client.log_batch(self.run_id, tags=[RunTag(k, v[:5000]) for k, v in named.items()])
            if outcome:
                name = self.client.get_run(self.run_id).info.run_name.rpartition(" · ")[2]  # an earlier driver's goes
                self.client.update_run(self.run_id, name=f"{outcome} · {name}")
            self.client.set_terminated(self.run_id, status)
