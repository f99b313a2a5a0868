"""From the delivery of a push to the first trial, with a standby and without: ``python -m benchmarks.push``.

A real bare repository, the service as a process of its own, signed deliveries over HTTP. Times are those of the
journal, in seconds after the delivery was posted.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pipelines.searches import find
from pipelines.settings import MachineSettings

ROOT = Path(__file__).resolve().parents[1]
SECRET = "benchmark"  # noqa: S105 - of a service on loopback
SCRIPTS = {"sklearn": "wine-svm", "keras": "digits-cnn"}
FIRST = {"sklearn": "finished", "keras": "epoch"}
"""The first thing that a trial has trained."""


def main() -> None:
    """Print a line for each push."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environments", nargs="*", default=list(SCRIPTS))
    parser.add_argument("--pushes", type=int, default=2)
    parser.add_argument("--sandbox", default="process")
    given = parser.parse_args()
    sys.stdout.write("environment  standby  answered  started  trained\n")
    for environment in given.environments:
        for warm in (False, True):
            for times in measured(environment, warm, given.sandbox, given.pushes):
                sys.stdout.write(f"{environment:11}  {warm!s:7}  {'  '.join(f'{t:7.2f}' for t in times)}\n")
                sys.stdout.flush()


def measured(environment: str, warm: bool, sandbox: str, pushes: int) -> Iterator[tuple[float, float, float]]:
    """Push so often: seconds from each delivery to its answer, to the first trial, and to the first thing trained."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        bare, clone, config = folder / "pushed.git", folder / "clone", folder / "watch.yaml"
        _git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        _git(folder, "clone", "--quiet", str(bare), str(clone))
        name = f"push-{folder.name}"
        repository = {"url": bare.as_uri(), "name": name, "secret": SECRET, "settings": {"max_trials": 1}}
        service = {"repositories": [repository], "port": 0, "poll": "1h", "sandbox": sandbox}
        config.write_text(yaml.safe_dump({**service, "warm": [environment] if warm else []}))
        command = [sys.executable, "-m", "pipelines", "watch", str(config)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
            try:
                port = _awaited(process, "listening")["port"]
                for number in range(pushes):
                    if warm:
                        _awaited(process, "standby ready")
                    script = (ROOT / "examples" / SCRIPTS[environment] / "train.py").read_text()
                    (clone / "train.py").write_text(f"{script}\nprint({number})\n")
                    _git(clone, "add", ".")
                    _git(clone, "commit", "--quiet", "-m", f"{number}")
                    _git(clone, "push", "--quiet", "origin", "HEAD:main")
                    yield _delivered(port, name, environment)
                    _awaited(process, "ended")
            finally:
                process.terminate()


def _delivered(port: int, name: str, environment: str) -> tuple[float, float, float]:
    body = b"0 1 refs/heads/main\n"
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Autotweak-Event": "push", "X-Autotweak-Signature": f"sha256={digest}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/hooks/{name}", body, headers)
    began = time.time()
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        run_id = json.load(answer)["queued"][0]["run_id"]
    answered = time.time()
    events: dict[str, float] = {}
    while FIRST[environment] not in events:
        time.sleep(0.05)
        search = find(MachineSettings().home, run_id)
        journal = search.root / "trials" / "0000" / "journal.jsonl" if search else None
        if journal is not None and journal.exists():
            for line in journal.read_bytes().splitlines():
                event = json.loads(line)
                events.setdefault(event["event"], event["time"])
        if time.time() - began > 300:
            raise TimeoutError(run_id)
    return answered - began, events["started"] - began, events[FIRST[environment]] - began


def _awaited(process: subprocess.Popen[str], event: str) -> dict[str, Any]:
    assert process.stderr is not None
    for line in process.stderr:
        said = json.loads(line)
        if os.environ.get("VERBOSE"):
            sys.stderr.write(line)
        if said["event"] == event:
            return dict(said)
    raise RuntimeError(f"the service ended before it said {event!r}")


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)  # noqa: S607


if __name__ == "__main__":
    main()
