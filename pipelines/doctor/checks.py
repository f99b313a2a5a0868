"""The checks in their order, and how they are made: all at once, each with a time limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipelines.doctor import containers, probes, verdicts
from pipelines.doctor.findings import Finding, missing, warning
from pipelines.settings import MachineSettings

USUAL_S = 15.0


@dataclass(frozen=True)
class Check:
    """A probe and what its facts mean."""

    name: str
    probe: Callable[[MachineSettings], Any]
    judge: Callable[[Any], list[Finding]]
    limit_s: float = USUAL_S
    needed: bool = False
    """Whether autotweak does not work where this cannot be told."""


def checks(send_test: bool = False) -> tuple[Check, ...]:
    """All of them; with ``send_test`` a message goes to each reader."""
    git = partial(verdicts.program, "git", remedy="sudo apt-get install git", needed_for="it clones repositories")
    uv = partial(verdicts.program, "uv", remedy="pip install uv", needed_for="it makes local environments")
    return (
        Check("python", probes.python, verdicts.python, needed=True),
        Check("home", probes.home, verdicts.home, needed=True),
        Check("git", probes.git, git, needed=True),
        Check("uv", probes.uv_found, uv, needed=True),
        Check("docker", containers.engine, verdicts.engine),
        Check("sandbox", containers.sandbox, verdicts.sandbox, limit_s=containers.TRY_S),
        Check("environments", containers.environments, verdicts.environments),
        Check("processors", probes.size, verdicts.size),
        Check("gpu", probes.gpu, verdicts.gpu),
        Check("tracking", probes.tracking, verdicts.tracking, limit_s=45.0, needed=True),
        Check("notify", partial(probes.notify, send_test=send_test), verdicts.notify, limit_s=60.0),
        Check("ports", probes.ports, verdicts.ports),
    )


def examine(found: Sequence[Check], machine: MachineSettings) -> list[Finding]:
    """What the checks find, in their order; one that takes too long or fails holds no other up."""
    began = time.monotonic()
    answers: list[list[Finding]] = [[] for _ in found]
    threads = [
        threading.Thread(target=_answer, args=(check, machine, answer), name=check.name, daemon=True)
        for check, answer in zip(found, answers, strict=True)
    ]
    for thread in threads:
        thread.start()
    findings: list[Finding] = []
    for check, thread, answer in zip(found, threads, answers, strict=True):
        thread.join(max(0.0, began + check.limit_s - time.monotonic()))
        findings += list(answer) or [_unknown(check, f"no answer within {check.limit_s:g} s")]
    return findings


def _answer(check: Check, machine: MachineSettings, answer: list[Finding]) -> None:
    try:
        answer.extend(check.judge(check.probe(machine)))
    except Exception as error:  # a check that is at fault says so, and the others are made
        answer.append(_unknown(check, f"cannot be told: {type(error).__name__}: {error}"))


def _unknown(check: Check, said: str) -> Finding:
    return missing(check.name, said) if check.needed else warning(check.name, said)
