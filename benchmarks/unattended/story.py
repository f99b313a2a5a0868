"""What happens, act by act: a push, and nothing touched after it. Counts are expected, times are only told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.unattended import kills
from benchmarks.unattended.client import answers, asking, deliver
from benchmarks.unattended.git_server import ROOT
from benchmarks.unattended.kept import expect, until
from benchmarks.unattended.stage import NAME, SECRET, Stage

DELIVERIES = 1000
REACHED = "target reached"
EPOCHS = 8
Fact = tuple[str, str]
"""What was measured, and how much."""
WEAK = (ROOT / "examples" / "digits-cnn" / "train.py").read_text(encoding="utf-8")
BETTER = (
    WEAK.replace("Conv2D(4, 3, strides=2", "Conv2D(16, 3").replace('"sgd"', '"adam"').replace("epochs=3", "epochs=9")
)
SLOW = BETTER.replace("epochs=9", f"epochs={EPOCHS}").replace("batch_size=64", "batch_size=1")
"""Epochs long enough to be killed in the middle of."""


def cold(stage: Stage) -> Iterator[Fact]:
    """Pull, read, train, tweak, mail, register, serve."""
    began = time.time()
    commit = stage.developer.push(WEAK, "A small network")
    search = stage.search(commit)
    yield "push to first epoch trained, cold", _seconds(_first_epoch(stage, search) - began)
    awaited: dict[str, Callable[[], object]] = {
        "champion in the registry": lambda: stage.champion(commit),
        "an answer of the endpoint": lambda: answers(stage.endpoint),
        "mail": lambda: stage.mails(commit, REACHED),
    }
    while awaited:
        came = until(" and ".join(awaited), lambda: next((name for name, probe in awaited.items() if probe()), None))
        del awaited[came]
        yield f"push to {came}", _since(began)
    run = until("the end of the search", lambda: stage.ended(commit))
    yield "baseline, test accuracy", f"{_measured(run.data.metrics, 'baseline'):.3f}"
    yield "subject of the mail", stage.mails(commit, REACHED)[0].removeprefix("[autotweak] ")


def warm(stage: Stage) -> Iterator[Fact]:
    """A standby trains it, and the champion is swapped under load."""
    until("a standby", lambda: stage.watch.events("standby ready"))
    with asking(stage.endpoint) as requests:
        began = time.time()
        commit = stage.developer.push(BETTER, "More filters, Adam")
        search = stage.search(commit)
        yield "push to first epoch trained, warm", _seconds(_first_epoch(stage, search) - began)
        version = until("a new champion", lambda: stage.champion(commit))
        until("the swap", lambda: stage.serves(version))
        yield "push to the new version served", _since(began)
        time.sleep(3.0)  # the old version drains
    until("the end of the search", lambda: stage.ended(commit))
    yield "requests answered meanwhile", f"{requests.answered:,}"
    yield "requests failed", str(len(requests.failed))
    expect(
        not requests.failed, f"{len(requests.failed)} requests failed during the swap, the first: {requests.failed[:1]}"
    )
    expect(requests.answered > 0, "no request was answered during the swap")


def training_killed(stage: Stage) -> Iterator[Fact]:
    """The trial goes on from its checkpoint."""
    commit = stage.developer.push(SLOW, "Slow training")
    search = stage.search(commit)
    _in_the_middle(stage, search)
    before = len(stage.events(search, "epoch"))
    kills.kill_training(stage, search)
    killed = time.time()
    until("an epoch after the kill", lambda: len(stage.events(search, "epoch")) > before)
    yield "killed in the middle of epoch", f"{before + 1} of {EPOCHS}"
    yield "kill to the next epoch trained", _seconds(stage.events(search, "epoch")[before]["time"] - killed)
    run = until("the end of the search", lambda: stage.ended(commit))
    _each_epoch_once(stage, search)
    yield "epochs trained twice", "0"
    expect(len(stage.events(search, "resumed")) == 1, "the trial did not go on from its checkpoint")
    expect("autotweak.restarts" in run.data.tags, "the run does not say that its sandbox was restarted")
    _swapped(stage, commit)


def serving_killed(stage: Stage) -> Iterator[Fact]:
    """The same version is back, whether the version itself dies or the service before it."""
    version = str(stage.serve.events("serving")[-1]["version"])
    with asking(stage.endpoint) as requests:
        killed, served = time.time(), len(stage.serve.events("serving"))
        kills.kill_serving(stage)
        until("the version", lambda: len(stage.serve.events("serving")) > served)
        yield "SIGKILL of the version that serves, to it being back", _since(killed)
    yield "requests answered and failed meanwhile", f"{requests.answered:,} and {len(requests.failed)}"
    expect(
        not requests.failed, f"{len(requests.failed)} requests failed while the version was dead: {requests.failed[:1]}"
    )
    killed, served = time.time(), len(stage.serve.events("serving"))
    stage.serve.kill()
    until("an answer", lambda: answers(stage.endpoint))
    yield "SIGKILL of autotweak serve to the first answer (2 s are the supervisor's)", _since(killed)
    now = {str(line["version"]) for line in stage.serve.events("serving")[served:]}
    expect(now == {version}, f"version {version} was served before the kills, {now} after them")


def watch_killed(stage: Stage) -> Iterator[Fact]:
    """Its search goes on without it, and what is pushed while it is dead is found."""
    running = stage.developer.push(SLOW.replace("Conv2D(16", "Conv2D(12"), "Slow training, fewer filters")
    search = stage.search(running)
    _in_the_middle(stage, search)
    listened = len(stage.watch.events("listening"))
    stage.watch.kill()
    killed = time.time()
    unheard = stage.developer.push(BETTER.replace("Conv2D(16", "Conv2D(20"), "Pushed while nobody listens")
    until("autotweak watch", lambda: len(stage.watch.events("listening")) > listened)
    yield "SIGKILL of autotweak watch to listening again (2 s are the supervisor's)", _since(killed)
    for commit in (running, unheard):
        run = until(f"the end of the search of {commit[:12]}", lambda commit=commit: stage.ended(commit))  # type: ignore[misc]
        expect(run.info.status == "FINISHED", f"the search of {commit[:12]} is {run.info.status}, not FINISHED")
    _each_epoch_once(stage, search)
    yield "pushes lost, epochs trained twice", "0, 0"
    _swapped(stage, unheard)


def deliveries(stage: Stage) -> Iterator[Fact]:
    """Signed as GitHub, GitLab, Gitea, Forgejo and the hook sign them."""
    commit = stage.developer.push(BETTER.replace("Conv2D(16", "Conv2D(24"), "Told of very often")
    began = time.time()
    said = deliver(f"{stage.hooks}/hooks/{NAME}", SECRET, commit, DELIVERIES)
    yield "time for all", _since(began)
    lost = [answer for status, answer in said if status != 202]
    expect(not lost, f"{len(lost)} of {DELIVERIES} deliveries were lost, the first: {lost[:1]}")
    searches = Counter(entry["run_id"] for _, answer in said for entry in answer["queued"] if entry["commit"] == commit)
    until("the end of the search", lambda: stage.ended(commit))
    yield "deliveries lost", str(DELIVERIES - searches.total())
    yield "searches", str(len(stage.runs(commit)))
    expect(searches.total() == DELIVERIES, f"{DELIVERIES - searches.total()} deliveries were answered without a search")
    expect(len(searches) == len(stage.runs(commit)) == 1, f"{len(searches)} searches of one commit, one was expected")
    _swapped(stage, commit)


def everything(stage: Stage) -> Iterator[Fact]:
    """Each push has one search, and each search one mail."""
    runs = stage.runs()
    commits = Counter(run.data.tags["autotweak.source_commit"] for run in runs)
    expect(set(commits.values()) == {1}, f"there are commits with more than one search: {commits}")
    unfinished = [run.info.run_id for run in runs if run.info.status != "FINISHED"]
    expect(not unfinished, f"searches that did not finish: {unfinished}")
    for commit in commits:
        until(f"the mail of {commit[:12]}", lambda commit=commit: stage.mails(commit, REACHED))  # type: ignore[misc]
    mails = [len(stage.mails(commit, REACHED)) for commit in commits]
    expect(set(mails) == {1}, f"mails per search: {mails}, one each was expected")
    yield "pushes, searches, mails of their ends", f"{len(commits)}, {len(runs)}, {sum(mails)}"
    yield "mails in all, of swaps as well", str(len(stage.mail.mails))


def _first_epoch(stage: Stage, search: Path) -> float:
    return float(until("an epoch", lambda: stage.events(search, "epoch"))[0]["time"])


def _in_the_middle(stage: Stage, search: Path) -> None:
    """Of an epoch: the one before it has its checkpoint, and half of its time is over."""
    step = until("a checkpoint", lambda: stage.events(search, "checkpointed"))[-1]["step"]
    first, *_, last = until("epochs", lambda: (found := stage.events(search, "epoch")) and len(found) > step and found)
    until("its checkpoint", lambda: stage.events(search, "checkpointed")[-1]["step"] > last["step"])
    time.sleep((last["time"] - first["time"]) / (last["step"] - first["step"]) / 2)


def _each_epoch_once(stage: Stage, search: Path) -> None:
    steps = [event["step"] for event in stage.events(search, "epoch")]
    expect(steps == list(range(EPOCHS)), f"epochs {steps} were trained, each of {EPOCHS} once was expected")


def _swapped(stage: Stage, commit: str) -> None:
    version = until("a new champion", lambda: stage.champion(commit))
    until("the swap", lambda: stage.serves(version))


def _measured(metrics: dict[str, float], of: str) -> float:
    return next(value for name, value in metrics.items() if name.startswith(of))


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _since(began: float) -> str:
    return _seconds(time.time() - began)


ACTS: tuple[tuple[str, Callable[[Stage], Iterator[Fact]]], ...] = (
    ("A weak script is pushed", cold),
    ("An improvement is pushed", warm),
    ("The training sandbox is killed", training_killed),
    ("What serves is killed", serving_killed),
    ("The watch service is killed", watch_killed),
    (f"{DELIVERIES:,} deliveries of one push", deliveries),
    ("In the end", everything),
)
