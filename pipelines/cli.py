"""The command line. Exit status: 0 reached, 1 below the target, 2 usage or source, 3 the platform."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import click

from mlprojects.contract.metrics import METRICS
from mlprojects.contract.trial import Role
from pipelines.doctor.commands import doctor
from pipelines.errors import AutotweakError, PlatformError, UsageError
from pipelines.options import RunOptions, resolve
from pipelines.report import Report, reported
from pipelines.resuming import monitor, resume
from pipelines.server.commands import server
from pipelines.serving.commands import COMMANDS
from pipelines.settings import MachineSettings, SourceSettings
from pipelines.status.commands import status


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def app() -> None:
    """Push a training script, get a model that clears the bar."""


@app.command()
@click.argument("source")
@click.option("--ref", help="Branch, tag or commit of a Git source (SOURCE@REF says the same).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def inspect(source: str, ref: str | None, as_json: bool) -> int:
    """Say what SOURCE trains, and why: a folder, a script, a Git URL or repository."""
    from pipelines.examining import examine, require_trainable
    from pipelines.settings import read_source_settings
    from pipelines.sources.source import fetch
    from pipelines.story import Story

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "source"
        fetched = fetch(source, folder, Path(scratch) / "git", ref)
        verdict = examine(fetched, folder, read_source_settings(folder))
    if as_json:
        click.echo(json.dumps(verdict.to_json(), ensure_ascii=False))
    else:
        Story(stderr=False).verdict(verdict)
    require_trainable(verdict)
    return 0


@app.command()
@click.argument("source")
@click.option("--ref", help="Branch, tag or commit of a Git source (SOURCE@REF says the same).")
@click.option(
    "--target", type=float, help="Score to reach on test data; for rmse and mae the most it may be.  [default: 0.80]"
)
@click.option("--metric", help=f"One of {', '.join(METRICS)}.  [default: accuracy]")
@click.option("--max-trials", type=int, help="How often the script may run, the baseline counted.  [default: 40]")
@click.option("--timeout", help="How long to search: 90s, 20m, 2h.  [default: 20m]")
@click.option("--seed", type=int, help="Seed of the search and of each trial.  [default: 0]")
@click.option("--sandbox", default="auto", show_default=True, help="auto, docker or process.")
@click.option("--slots", type=int, default=1, show_default=True, help="Trials at the same time, over all agents.")
@click.option(
    "--cluster", default="", metavar="ADDRESS", help="Run trials on the agents of this scheduler: tls://HOST:8786."
)
@click.option(
    "--network", is_flag=True, help="Let the script use the network: it may then send what it reads anywhere."
)
@click.option("--target-column", default="", help="Class column of a built-in project's table.  [default: the last]")
@click.option("--name", help="Name of experiment and registered model.  [default: the source's]")
@click.option("--no-promote", is_flag=True, help="Register the winner without moving the alias champion.")
@click.option("--settings", type=click.Path(path_type=Path), help="Settings that stand before the source's own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output, last.")
@click.pass_obj
def run(warm: Any, /, as_json: bool, no_promote: bool, **options: Any) -> int:
    """Train SOURCE as written and, below the target, search for tweaks until it is reached."""
    report = Report()
    with reported(report, as_json):
        asked = RunOptions(promote=not no_promote, **options)
        # Wrong options are said before anything is loaded or fetched; a target may still come from the source.
        resolve(asked, SourceSettings(target=1), "")
        from pipelines.campaign import run as run_campaign
        from pipelines.story import Story

        run_campaign(asked, MachineSettings(), Story(stderr=as_json), report, warm)
    return 0 if report.status == "reached" else 1


@app.command()
@click.argument("source")
@click.option("--ref", help="Branch, tag or commit of a Git source.")
@click.option("--role", type=click.Choice(["baseline", "search", "confirm"]), default="confirm", show_default=True)
@click.option("--tweak", default="{}", help="The tweak as a JSON object.")
@click.option("--knob", multiple=True, metavar="NAME=VALUE", help="One knob; the value 'written' leaves it as it is.")
@click.option("--metric", help=f"One of {', '.join(METRICS)}.  [default: accuracy]")
@click.option("--seed", type=int, help="Seed of the trial.  [default: 0]")
@click.option("--holdout", type=float, default=0.0, help="Share of the rows set aside as test data.")
@click.option("--gate", type=int, help="Which of the script's models is tuned; 0 is the first one fitted.")
@click.option("--folds", type=int, default=1, help="Role search: cross-validate instead of holding out.")
@click.option("--timeout", help="How long it may take.  [default: 20m]")
@click.option("--sandbox", default="auto", show_default=True, help="auto, docker or process.")
@click.option("--network", is_flag=True, help="Let the script use the network.")
@click.option("--target-column", default="", help="Class column of a built-in project's table.  [default: the last]")
def trial(
    role: Role, tweak: str, knob: tuple[str, ...], holdout: float, gate: int | None, folds: int, **options: Any
) -> int:
    """Run SOURCE once with one tweak, tracked as one run: what each trial's reproduce command says."""
    from mlprojects.contract.knobs import parse_knobs
    from pipelines.single import TrialOptions, run_single
    from pipelines.story import Story

    try:
        turned = json.loads(tweak)
        turned |= parse_knobs(knob)
    except (TypeError, ValueError) as error:
        raise UsageError(f"the tweak is not a JSON object of knobs: {error}") from error
    run_single(
        TrialOptions(RunOptions(**options), role, turned, holdout, gate, folds), MachineSettings(), Story(stderr=False)
    )
    return 0


@app.command()
def images() -> int:
    """Build the Docker images of all environments; `mlflow run mlprojects/<family>` needs its family's."""
    from pipelines.environments import FAMILY_OF, Environment, ensure_image
    from pipelines.sandbox.docker import engine

    client = engine()
    if client is None:
        raise PlatformError("no Docker engine answers; start one and try again")
    for name in FAMILY_OF:
        click.echo(ensure_image(Environment(name), client, lambda text: click.echo(text, err=True)))
    return 0


@app.command()
@click.option("--cluster", required=True, metavar="ADDRESS", help="The scheduler: tls://HOST:8786.")
@click.option("--slots", type=click.IntRange(min=1), default=1, show_default=True, help="Trials at the same time.")
@click.option("--sandbox", default="auto", show_default=True, help="auto, docker or process.")
@click.option("--name", help="What searches call it.  [default: HOST-PID]")
def agent(cluster: str, slots: int, sandbox: str, name: str | None) -> int:
    """Run trials of searches that others drive, until told to end."""
    from pipelines.cluster.agent import run as serve

    serve(cluster, slots, sandbox, name)
    return 0


@app.group()
def data() -> None:
    """The data cache: what scripts would download, given to them by this machine's owner."""


@data.command("add")
@click.argument("what")
@click.option("--file", "content", type=click.Path(exists=True, path_type=Path), help="The download, already at hand.")
@click.option("--as", "name", help="Path by which scripts name a local file.  [default: its own name]")
def add_data(what: str, content: Path | None, name: str | None) -> int:
    """Add WHAT: keras:, seaborn:, sklearn:NAME, openml:NAME[@VERSION], an address, s3://..., a file or a folder."""
    from pipelines.sources.data import add

    for entry in add(what, MachineSettings().home, content, name, lambda text: click.echo(text, err=True)):
        click.echo(f"{entry.name} ({entry.size / 1e6:.1f} MB)")
    return 0


@data.command("list")
def list_data() -> int:
    """Say what is in the cache."""
    from pipelines.sources.data import listed

    lines = listed(MachineSettings().home)
    click.echo("\n".join(lines) if lines else "nothing yet; autotweak data add --help says what can be added")
    return 0


@app.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--once", is_flag=True, help="Look at every repository once, search what is new, and end: for cron.")
def watch(config: Path, once: bool) -> int:
    """Watch the repositories that the file CONFIG names: each push becomes a search."""
    from pipelines.watch.config import read_config

    read = read_config(config)
    from pipelines.watch.run import watch as serve_pushes

    return serve_pushes(read, MachineSettings(), once)


@app.command(hidden=True)
@click.argument("search")
@click.argument("environment")
@click.option("--seed", type=int, default=0)
@click.option("--sandbox", default="auto")
@click.option("--extra", "extras", multiple=True)
def standby(search: str, environment: str, seed: int, sandbox: str, extras: tuple[str, ...]) -> int:
    """Have everything ready for a run in ENVIRONMENT; standard input is a socket that says which (docs/watch.md)."""
    from pipelines.environments import Environment
    from pipelines.watch.standby import waiting

    with waiting(search, Environment(environment, extras), seed, sandbox, MachineSettings()) as (arguments, warm):
        return int(app.main(args=arguments, obj=warm, standalone_mode=False)) if arguments else 0


@app.command()
@click.argument("search", required=False)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=5000, show_default=True)
def ui(search: str | None, host: str, port: int) -> int:
    """Open the tracking UI: serve the embedded store, or say where the given server is.

    SEARCH (its identifier, that of its run, or `last`) prints where its trials are compared.
    """
    from pipelines.tracking.comparing import pages, site_of
    from pipelines.tracking.tracker import Tracker, tracking_uri

    home = MachineSettings().home
    uri = tracking_uri(home)
    served = site_of(uri)
    if search is not None:
        for name, page in pages(Tracker(home).client, search, served or f"http://{host}:{port}").items():
            click.echo(f"{name:8} {page}")
    if served:
        click.echo(f"the tracking server is at {served}", err=search is not None)
        return 0
    click.echo(f"http://{host}:{port} shows {uri}; end with Ctrl-C", err=True)
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--backend-store-uri",
        uri,
        "--host",
        host,
        "--port",
        str(port),
    ]
    command += ["--default-artifact-root", (home / "artifacts").as_uri(), "--workers", "1"]
    return os.execv(sys.executable, command)  # noqa: S606 - the UI takes over this process


for command in (resume, monitor, server, status, doctor, *COMMANDS):
    app.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every error is one line on standard error, and ``--json`` always prints an object."""
    given = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        status = app.main(args=given, prog_name="autotweak", standalone_mode=False)
    except AutotweakError as error:
        status = _fail(str(error), error.exit_status)
    except click.ClickException as error:
        if "--json" in given:
            click.echo(json.dumps(Report(facts={"reason": error.format_message()}).to_json(), ensure_ascii=False))
        status = _fail(error.format_message(), UsageError.exit_status)
    except (click.Abort, KeyboardInterrupt):
        status = _fail("interrupted", 130)
    except Exception as error:
        log = MachineSettings().home / "internal-error.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc(), encoding="utf-8")
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        status = _fail(f"internal error: {what}; the traceback is in {log}", PlatformError.exit_status)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str, status: int) -> int:
    click.echo(f"autotweak: {message}", err=True)
    return status
