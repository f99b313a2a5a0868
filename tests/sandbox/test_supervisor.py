"""The supervisor closes what the scripts leave open."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from mlprojects.contract.devices import GPUS, HIDDEN
from mlprojects.contract.journal import Journal
from mlprojects.contract.restart import UNUSABLE, Restart
from mlprojects.sandbox.pulse import LEAST_S, STILL_S, computed_s
from mlprojects.sandbox.supervisor import Supervisor, _kill
from pipelines.restarts import GiveUp, decide
from pipelines.sandbox.process import ProcessSandbox

ROOT = Path(__file__).resolve().parents[2]


def serve(spool, slots=1, hurry=0.0):
    """Step a supervisor until nothing is under way; ``hurry`` seconds are added to its clock at each step."""
    supervisor = Supervisor(spool, "sklearn", slots)
    ahead = 0.0
    most = 0
    while supervisor.step(time.monotonic() + ahead):
        most = max(most, len(supervisor.running))
        for trial in supervisor.running.values():
            trial.process.join(0.05)
        ahead += hurry
    return most


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import os; os._exit(7)", "the trial's process left with 7"),
        ("import os; os.kill(os.getpid(), 9)", "was killed by SIGKILL"),
        ("import os; os._exit(0)", "the trial's process left with 0"),
    ],
)
def test_a_death_without_a_last_line_is_closed(make_spool, ran, script, reason):
    """A script that ends its process leaves a trial that failed, with the way it went."""
    spool = make_spool(script, {})
    serve(spool)
    trial = ran(spool.trial(0))
    assert trial.kinds[-1] == "failed"
    assert "started" in trial.kinds
    assert trial.events[-1]["kind"] == "trial"
    assert reason in trial.events[-1]["reason"]


def test_a_trial_beyond_its_time_is_killed_with_its_children(make_spool, ran):
    """It is closed as failed, and what it started does not outlive it."""
    script = """
import subprocess, sys, time, pathlib
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[0]).resolve().parents[2].joinpath("child").write_text(str(child.pid))
time.sleep(600)
"""
    spool = make_spool(script, {"timeout_s": 30.0})
    supervisor = Supervisor(spool, "sklearn", 1)
    note = spool.trial(0).root / "child"
    while not (note.exists() and note.read_text()):
        assert supervisor.step(0.0)
    pid = int(note.read_text())
    assert supervisor.step(29.0)
    supervisor.step(31.0)
    assert not supervisor.running
    assert ran(spool.trial(0)).events[-1]["reason"] == (
        "the script as written took longer than its 30 s; --timeout, or timeout: in autotweak.yaml, gives it more"
    )
    assert ran(spool.trial(0)).kinds.count("failed") == 1
    states = (_state(pid) for _ in range(1_000_000))
    assert any(state in ("", "Z") for state in states)


def _state(pid):
    """The state of a process as the kernel has it: Z for one that is dead but not waited for, "" for none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def test_what_a_script_leaves_running_ends_with_its_trial(make_spool, ran):
    """A process that the script has started does not hold the slot, nor live on; a thread is waited for."""
    script = """
import subprocess, threading, time
print(subprocess.Popen(["sleep", "600"]).pid)
threading.Thread(target=lambda: (time.sleep(0.3), print("thread"))).start()
"""
    spool = make_spool(script, {})
    serve(spool)
    pid, thread = ran(spool.trial(0)).output.split()
    assert thread == "thread"
    states = (_state(pid) for _ in range(1_000_000))
    assert any(state in ("", "Z") for state in states)


@pytest.mark.timeout(120)  # joblib's workers wait for five minutes
def test_the_threads_of_pools_do_not_hold_a_trial(make_spool, ran):
    """What pools were given to do is done; their threads, which wait for more as long as Python lives, end nothing."""
    script = """
import time
from concurrent.futures import ThreadPoolExecutor
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC
cross_val_score(SVC(), *load_iris(return_X_y=True), n_jobs=2)
pool = ThreadPoolExecutor(1)
pool.submit(lambda: (time.sleep(0.3), print("queued")))
"""
    spool = make_spool(script, {})
    serve(spool)
    # joblib's own processes may warn of what they are ended with, and later than the script's last word.
    assert ran(spool.trial(0)).output.split().count("queued") == 1


@pytest.mark.parametrize("ends", ["", "import os; os._exit(7)"])
def test_temporary_files_go_with_their_trial(make_spool, ran, tmp_path, monkeypatch, ends):
    """What a script, or a library, leaves in the folder for temporary files does not outlive the trial."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    left = "import os, tempfile\nprint(tempfile.mkstemp()[1])\nprint(os.environ['TMPDIR'], flush=True)\n"
    spool = make_spool(left + ends, {})
    serve(spool)
    file, folder = spool.trial(0).output.read_text().split()[:2]
    assert Path(file).parent == Path(folder)
    assert Path(folder).parent == scratch
    assert list(scratch.iterdir()) == []


def test_slots_bound_what_runs_at_once(make_spool, ran):
    """Three trials on two slots all end, never three at a time."""
    spool = make_spool("raise SystemExit(3)", *({"trial": n} for n in range(3)))
    assert serve(spool, slots=2) == 2
    for number in range(3):
        assert ran(spool.trial(number)).of("failed", kind="source")


def test_what_has_ended_is_not_run_again(make_spool, ran):
    """A supervisor that starts on a spool leaves trials with a last line alone."""
    spool = make_spool("raise SystemExit(3)", {})
    Journal(spool.trial(0).journal).append("failed", kind="trial", reason="before", where="")
    serve(spool)
    assert ran(spool.trial(0)).kinds == ["failed"]


def test_a_cut_trial_is_another_attempt_and_its_broken_line_is_mended(make_spool, ran):
    """After a restart the trial starts again, says so, and the line that the kill cut is gone."""
    spool = make_spool("raise SystemExit(3)", {})
    paths = spool.trial(0)
    Journal(paths.journal).append("started", attempt=1, pid=1)
    with paths.journal.open("ab") as handle:
        handle.write(b'{"event": "epo')
    serve(spool)
    started = ran(paths).of("started")
    assert [event["attempt"] for event in started] == [1, 2]
    assert started[1]["reason"] == "the sandbox was restarted"
    assert ran(paths).of("failed", kind="source")


@pytest.mark.parametrize("does", ["wait", "compute", "write"])
@pytest.mark.slow
def test_a_trial_that_hangs_is_killed(make_spool, ran, does):
    """It waits for ever: no line, no processor time. One that computes, or writes, is left to its time."""
    scripts = {"wait": "import time; time.sleep(600)", "compute": "while True: pass", "write": WRITES}
    spool = make_spool(scripts[does], {"timeout_s": 10_000.0})
    supervisor = Supervisor(spool, "sklearn", 1)
    output = spool.trial(0).output
    supervisor.step(0.0)
    (trial,) = supervisor.running.values()
    while not (output.exists() and spool.trial(0).work.exists()):
        trial.process.join(0.05)
    now = STILL_S / 2
    supervisor.step(now)
    while supervisor.running and now < 3 * STILL_S:
        written, computed = output.stat().st_size, computed_s(trial.process.pid)
        while does == "compute" and computed_s(trial.process.pid) < computed + LEAST_S:
            trial.process.join(0.05)
        while does == "write" and output.stat().st_size == written:
            trial.process.join(0.05)
        now += STILL_S / 2
        supervisor.step(now)
    failed = [(event["kind"], event["cause"]) for event in ran(spool.trial(0)).of("failed")]
    assert failed == ([("trial", "hang")] if does == "wait" else [])
    for left in supervisor.running.values():
        _kill(left.process)


WRITES = """
import time
while True:
    print("on", flush=True)
    time.sleep(0.2)
"""


def test_a_sandbox_whose_driver_is_gone_ends(make_spool, ran):
    """Also where the driver was gone before the sandbox came so far as to ask: nothing is started."""
    spool = make_spool("import time; time.sleep(600)", {})
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    command = [sys.executable, "-m", "mlprojects.sandbox.supervisor", str(spool.root), "sklearn", "1"]
    done = subprocess.run([*command, gone.stdout.decode().strip()], timeout=300, check=False, cwd=ROOT)
    assert done.returncode == 0
    assert not spool.trial(0).journal.exists()


def test_what_outside_says_counts_for_further_attempts(make_spool, ran):
    """A trial that outside has ended is left alone; the other one's attempt has the reason and the shorter time."""
    spool = make_spool("import time; time.sleep(600)", {"trial": 0}, {"trial": 1, "role": "search"})
    for number in (0, 1):
        Journal(spool.trial(number).journal).append("started", attempt=1, pid=1)
    spool.restart.write_text(Restart("the driver died", (0,), {1: 7.0}).to_json())
    supervisor = Supervisor(spool, "sklearn", 1)
    supervisor.step(0.0)
    assert list(supervisor.running) == [1]
    supervisor.step(8.0)
    assert ran(spool.trial(0)).kinds == ["started"]
    assert ran(spool.trial(1)).of("started", attempt=2)[0]["reason"] == "the driver died"
    (failed,) = ran(spool.trial(1)).of("failed")
    assert (failed["cause"], failed["reason"]) == ("timeout", "took longer than its 7 s")


def test_the_framework_is_there_before_the_first_trial(make_spool):
    """Python starts the fork server with the first fork: the supervisor makes one, and says when it is through."""
    spool = make_spool("pass")
    supervisor = Supervisor(spool, "sklearn", 1)
    supervisor.prepare()
    assert spool.ready.exists()
    assert spool.numbers() == []
    child = supervisor.context.Process(target=_note_modules, args=(str(spool.root / "modules"),))
    child.start()
    child.join()
    assert "sklearn.svm" in (spool.root / "modules").read_text().split()


def _note_modules(path):
    """Write down what is imported."""
    Path(path).write_text("\n".join(sys.modules))


def test_a_sandbox_that_is_wanted_says_so_by_the_spool(make_spool):
    """Each touch by its driver counts once."""
    spool = make_spool("pass")
    supervisor = Supervisor(spool, "sklearn", 1)
    assert supervisor.asked()
    assert not supervisor.asked()
    os.utime(spool.trials, ns=(1, 1))
    assert supervisor.asked()


def test_each_trial_has_a_place_on_a_gpu(make_spool, ran, monkeypatch):
    """Trials at once have one device each, the next one has that which is free again; without devices none has one."""
    script = """
import os, pathlib, sys, time
print(os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
other = pathlib.Path(sys.argv[0]).resolve().parents[3]
while sum((other / f"{n:04d}" / "output.log").exists() for n in (0, 1)) < 2:
    time.sleep(0.01)
"""
    for gpus, seen in (("GPU-1f,GPU-2a", {"GPU-1f", "GPU-2a"}), (None, {"None"})):
        monkeypatch.delenv(HIDDEN, raising=False)
        monkeypatch.setenv(GPUS, gpus) if gpus else monkeypatch.delenv(GPUS)
        spool = make_spool(script, *({"trial": number} for number in range(3)))
        assert serve(spool, slots=2) == 2
        outputs = [ran(spool.trial(number)).output.splitlines()[0] for number in range(3)]
        assert set(outputs[:2]) == seen
        assert outputs[2] in seen


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("raise ValueError('numpy.dtype size changed')", "ValueError: numpy.dtype size changed"),
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("import os; os._exit(3)", "took its process with it"),
    ],
    ids=["error", "missing", "killed"],
)
def test_a_framework_that_cannot_be_imported_is_told_at_once(make_spool, tmp_path, broken, why):
    """The sandbox leaves with a status of its own and one line that says why, and is not started again."""
    spool = make_spool("print('never run')", {})
    (tmp_path / "sklearn.py").write_text(broken)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-m", "mlprojects.sandbox.supervisor", str(spool.root), "sklearn", "1"]
    box = ProcessSandbox(command, environment, tmp_path / "sandbox.log")
    box.start()
    assert box._process.wait(timeout=120) == UNUSABLE
    death = box.death()
    assert why in death.reason
    assert "\n" not in death.reason
    assert not spool.ready.exists()
    assert decide(death, [], 0.0) == GiveUp(death.reason)
