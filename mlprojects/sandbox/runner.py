"""One trial in one process: the script as it stands, with the family's wrappers about ``fit``."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import random
import shutil
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from mlprojects.contract.journal import Journal
from mlprojects.contract.layout import SpoolPaths, TrialPaths
from mlprojects.contract.metrics import METRICS
from mlprojects.contract.trial import TrialSpec
from mlprojects.sandbox import checkpoints, explain, own_tracking, rows, script, threads
from mlprojects.sandbox.data import answer_requests, place_files
from mlprojects.sandbox.figures import Figures
from mlprojects.sandbox.gating import Choice
from mlprojects.sandbox.session import Session, TweakError, one_line, script_line, spot

LINK_FROM_BYTES = 1 << 20
ELSEWHERE = "processes of its own, where they end unmeasured; fit them in the script's own process, or in threads"


def family_module(family: str, name: str) -> ModuleType:
    """The module ``name`` (fit, saving) of a family's adapter."""
    return importlib.import_module(f"mlprojects.{family}.{name}")


def run_trial(root: str, number: int) -> None:
    """Run trial ``number`` of the spool at ``root`` to its end; every outcome is a line in its journal."""
    spool = SpoolPaths(Path(root))
    paths = spool.trial(number)
    started = time.perf_counter()
    journal = Journal(paths.journal)
    try:
        spec = TrialSpec.from_json(paths.spec.read_text(encoding="utf-8"))
        _separate(paths, spec)
        session = Session(spec, paths)
        if paths.work.is_dir() and checkpoints.any_in(paths.checkpoint):
            shutil.copytree(paths.work, paths.former, symlinks=True, dirs_exist_ok=True)
        _copy_source(spool.source, paths.work)
        place_files(spool.data, paths, paths.work / spec.cwd)
        asked = answer_requests(spool.data, paths.work)
        figures = Figures(paths, keep=spec.role != "search")
        figures.install()
        family_module("sandbox", "old_names").beneath()
        family_module(spec.family, "fit").install(session)
        family_module("sandbox", "old_names").install(spec.family)
    except Exception as error:
        journal.append("failed", kind="platform", reason=one_line(error), where="")
        return
    script_error = _run_script(session, asked)
    try:
        figures.collect()
        _report(session, script_error, time.perf_counter() - started)
    except Exception as error:
        traceback.print_exc()
        journal.append("failed", kind="platform", reason=one_line(error), where="")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for folder in (paths.scratch, paths.checkpoint):
            shutil.rmtree(folder, ignore_errors=True)
        _leave()


def _leave() -> None:
    """End at once, with what the script has left running: joblib's workers wait minutes for more and hold the slot."""
    if os.getpgid(0) == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
        os._exit(0)


def _separate(paths: TrialPaths, spec: TrialSpec) -> None:
    """A process group of its own, output to a file, no input, the seeds set, and nothing that tells it is a child."""
    os.setsid()
    _end_with_the_sandbox()
    multiprocessing.set_start_method(None, force=True)  # the script may choose its own
    multiprocessing.current_process().name = "MainProcess"
    output = os.open(paths.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - the process's own standard input
    random.seed(spec.seed)
    import numpy as np

    np.random.seed(spec.seed)


def _end_with_the_sandbox() -> None:
    """End this trial, and what it started, when the supervisor dies.

    A trial that outlived its sandbox would write into the same folder as its next attempt. The fork server
    does not end it: it lives as long as one of its children does.
    """
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        return

    def watch() -> None:
        supervisor.join()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="sandbox", daemon=True).start()


def _copy_source(source: Path, work: Path) -> None:
    """A working copy that the script may write into; large files are links to the read-only source."""

    def place(src: str, dst: str) -> str:
        if os.path.getsize(src) >= LINK_FROM_BYTES:
            os.symlink(src, dst)
            return dst
        return str(shutil.copy2(src, dst))

    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(source, work, copy_function=place, symlinks=False, ignore_dangling_symlinks=True)
    for folder, _, _ in os.walk(work):
        os.chmod(folder, 0o700)


def _run_script(session: Session, asked: list[str]) -> dict[str, str] | None:
    """Run the entry as ``__main__``.

    Returns:
        None when it ran to its end or left with ``sys.exit(0)``, else kind, reason and where of its error.
    """
    spec, paths = session.spec, session.paths
    entry = paths.work / spec.entry
    # A script that logs to MLflow itself logs to a folder of the trial: there is no server in here, and no SQL.
    os.environ.setdefault("MLFLOW_TRACKING_URI", (paths.work / "mlruns").as_uri())
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    own_tracking.install(paths.work)
    _forget_ourselves()
    try:
        os.chdir(paths.work / spec.cwd)
        sys.argv = [str(entry), *spec.argv]
        script.run(entry, paths.work)
        threads.wait()
    except SystemExit as stop:
        if stop.code not in (None, 0):
            sys.stdout.flush()
            sys.stderr.flush()
            reason = explain.sane(explain.left(stop.code, _printed(paths)))
            return {"kind": "source", "reason": reason, "where": _where(stop, paths)}
    except TweakError as error:
        return error.failure(script_line(paths))
    except BaseException as error:
        traceback.print_exc()
        return {"kind": "source", "reason": explain.sane(explain.raised(error, asked)), "where": _where(error, paths)}
    return None


def _printed(paths: TrialPaths, most: int = 4000) -> str:
    """The end of what the script printed."""
    with paths.output.open("rb") as output:
        output.seek(max(0, os.path.getsize(paths.output) - most))
        return output.read().decode("utf-8", errors="replace")


def _forget_ourselves() -> None:
    """Take this package's folder off ``sys.path``: a script's own ``mlprojects`` or ``tests`` comes first."""
    home = str(Path(__file__).resolve().parents[2])
    sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != home]


def _where(error: BaseException, paths: TrialPaths) -> str:
    """``file:line`` of the innermost frame of the script in a traceback."""
    if isinstance(error, SyntaxError) and error.filename:
        return spot(paths, error.filename, error.lineno)
    frames = traceback.extract_tb(error.__traceback__)
    places = [spot(paths, f.filename, f.lineno) for f in frames if f.filename.startswith(f"{paths.work}/")]
    return places[-1] if places else ""


def _report(session: Session, script_error: dict[str, str] | None, seconds: float) -> None:
    """Write description, test score, model and the last line."""
    spec, journal = session.spec, session.journal
    if session.refusal and (script_error is None or script_error["kind"] != "trial"):
        script_error = session.refusal.failure()
    if script_error is not None and (script_error["kind"] == "trial" or not (session.models or session.clusterings)):
        journal.append("failed", **script_error)
        return
    with session.inside():
        try:
            for act in session.at_end:
                act()
        except TweakError as error:
            journal.append("failed", **error.failure())
            return
        # A fit that ran without its wrapper was not tuned, and may have had the rows that were set aside.
        if session.faults if spec.tweak else session.bypassed and not spec.as_written:
            lost = "the tweak was not applied" if spec.tweak else "rows held out may have been trained on"
            journal.append("failed", kind="platform", reason=f"the wrapper stepped aside, so {lost}", where="")
            return
        choice, test = session.conclude()
        if choice is None:
            reason = "the script ran, but fitted no supervised model of this family"
            if session.paths.elsewhere.exists():
                reason = f"the script ran, but fits its models in {ELSEWHERE}"
            journal.append("failed", kind="source", reason=reason, where=spec.entry)
            return
        known = choice.model
        if rows.has_no_label(known.y):
            reason = "the labels that it is fitted to are no numbers (all NaN): look at where the script reads them"
            journal.append("failed", kind="source", reason=reason, where=known.where)
            return
        if spec.role != "search":
            journal.append("described", **_description(session, choice))
        reached = test is not None and METRICS[spec.metric].reached(test, spec.target)
        if spec.save_model == "always" or (spec.save_model == "if_reached" and reached):
            journal.append("saved", format=family_module(spec.family, "saving").save(session, known))
    extra: dict[str, Any] = {"script_error": script_error} if script_error else {}
    journal.append("finished", fit_seconds=session.fit_seconds, seconds=seconds, **extra)


def _description(session: Session, choice: Choice) -> dict[str, Any]:
    import numpy as np

    known = choice.model

    facts = family_module(session.spec.family, "fit").describe(session, known)
    task = known.facts["task"]
    classes = len(np.unique(rows.class_labels(known.y))) if task == "classification" and known.y is not None else None
    try:
        total = rows.count(known.x)
        fingerprint = rows.fingerprint(known.x, known.y)
    except TypeError:  # a generator: what cannot be counted cannot be held out either
        total, fingerprint = None, ""
    return {
        "gate": known.ordinal,
        "models": len({model.ordinal for model in session.models}),
        "gate_reason": choice.reason,
        "where": known.where,
        "task": task,
        "rows": total,
        "input_shape": list(getattr(known.x, "shape", ())[1:]),
        "classes": classes,
        "data_fingerprint": fingerprint,
        **facts,
    }
