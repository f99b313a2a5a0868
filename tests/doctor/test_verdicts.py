"""What the facts of a machine mean."""

from pathlib import Path

import pytest

from pipelines.doctor import verdicts
from pipelines.doctor.facts import (
    EngineAbsent,
    EngineFact,
    EnvironmentFact,
    GpuFact,
    HomeFact,
    MailFact,
    NotifyFact,
    PortFact,
    SizeFact,
    TrackingFact,
    Tried,
)
from pipelines.doctor.findings import exit_status, missing, ok, to_json, warning

HOME = Path("/srv/home")
SOUND = EngineFact("28.0", (1, 48), "2", "systemd")
BOUND = Tried(memory_bytes=64 << 20, pids=32)
SERVER = TrackingFact("http://mlflow", given=True, asked=True)


@pytest.mark.parametrize(
    ("judge", "fact", "levels"),
    [
        (verdicts.python, (3, 10), "missing"),
        (verdicts.python, (3, 11), "ok"),
        (verdicts.home, HomeFact(HOME, 50.0), "ok ok ok"),
        (verdicts.home, HomeFact(HOME, 5.0), "ok warning ok"),
        (verdicts.home, HomeFact(HOME, 1.0), "ok missing ok"),
        (verdicts.home, HomeFact(HOME, 50.0, unlocked="No locks available"), "ok ok missing"),
        (verdicts.home, HomeFact(HOME, refused="Read-only file system"), "missing"),
        (verdicts.engine, EngineAbsent("none listens"), "warning"),
        (verdicts.engine, EngineAbsent("permission denied", denied=True), "warning"),
        (verdicts.engine, SOUND, "ok"),
        (verdicts.engine, EngineFact("18.0", (1, 38), "1", "cgroupfs"), "warning"),
        (verdicts.engine, EngineFact("28.0", (1, 48), "2", "systemd", ("memory",)), "ok missing"),
        (verdicts.sandbox, BOUND, "ok"),
        (verdicts.sandbox, Tried(skipped="no image is there yet"), "warning"),
        (verdicts.sandbox, Tried(refused="cannot mount"), "missing"),
        (verdicts.sandbox, Tried(memory_bytes=0, pids=32), "missing"),
        (verdicts.sandbox, Tried(memory_bytes=64 << 20, pids=0), "missing"),
        (verdicts.sandbox, Tried(memory_bytes=64 << 20, pids=32, network=True), "missing"),
        (verdicts.sandbox, Tried(memory_bytes=64 << 20, pids=32, writes=True), "missing"),
        (verdicts.environments, [EnvironmentFact("a", venv=True), EnvironmentFact("b", venv=False)], "ok warning"),
        (verdicts.environments, [EnvironmentFact("a", venv=True, image=False, base="python")], "warning"),
        (verdicts.environments, [EnvironmentFact("a", venv=False, image=True)], "ok"),
        (verdicts.tracking, SERVER, "ok ok"),
        (verdicts.tracking, TrackingFact("below home", given=False), "ok"),
        (verdicts.tracking, TrackingFact("", given=True, problem="refused"), "missing"),
        (verdicts.tracking, TrackingFact("a", given=True, asked=True, registry_problem="404"), "ok missing"),
        (verdicts.notify, NotifyFact(), "warning"),
        (verdicts.notify, NotifyFact(invalid="no such service"), "missing"),
        (verdicts.notify, NotifyFact((MailFact("a", asked=True), MailFact("b", problem="refused"))), "ok missing"),
        (verdicts.size, SizeFact(4, 16_000, 4_096), "ok ok"),
        (verdicts.size, SizeFact(4, 16_000, 4_096, cpus=8), "missing ok"),
        (verdicts.size, SizeFact(4, 4_096, 4_096), "ok warning"),
        (verdicts.ports, [PortFact(1, "watch", free=True), PortFact(2, "serve", free=False)], "ok warning"),
        (verdicts.ports, [PortFact(1, "watch", free=False, ours=True)], "ok"),
        (verdicts.gpu, GpuFact(), "ok"),
        (verdicts.gpu, GpuFact(("/dev/nvidia0",)), "warning"),
        (verdicts.gpu, GpuFact(("/dev/nvidia0",), "L4, 1 trial at once", used=True), "ok"),
        (verdicts.gpu, GpuFact(("/dev/nvidia0",), "L4 is not used: the engine does not offer it"), "warning"),
        (verdicts.gpu, GpuFact(("/dev/nvidia0",), "L4 is not used: AUTOTWEAK_GPU is none", wanted=False), "ok"),
    ],
)
def test_a_verdict_over_facts(judge, fact, levels):
    """Each fact has its level; what is missing has a remedy."""
    found = judge(fact)
    assert " ".join(finding.level for finding in found) == levels
    assert all(finding.remedy for finding in found if finding.level == "missing")


def test_a_program_is_there_or_has_a_remedy():
    """Its version, or the command that brings it."""
    assert verdicts.program("git", "git 2.39", "apt", "for clones") == [ok("git", "git 2.39")]
    assert verdicts.program("git", None, "apt", "for clones") == [missing("git", "not found; for clones", "apt")]


def test_remedies_are_of_this_machine():
    """A command that can be copied, with the numbers of the machine."""
    assert verdicts.engine(EngineAbsent("", denied=True))[0].remedy == "sudo usermod -aG docker $USER"
    assert verdicts.size(SizeFact(4, 16_000, 4_096, cpus=8))[0].remedy == "export AUTOTWEAK_CPUS=4"
    assert verdicts.size(SizeFact(4, 4_000, 4_096))[1].remedy == "export AUTOTWEAK_MEMORY_MIB=3600"


def test_only_what_is_missing_is_an_error():
    """Exit status 3, and the counts that programs read."""
    assert exit_status([ok("a", ""), warning("b", "")]) == 0
    found = [ok("a", "fine"), warning("b", "slow", "more"), missing("c", "gone")]
    assert exit_status(found) == 3
    assert to_json(found) == {
        "healthy": False,
        "missing": 1,
        "warnings": 1,
        "checks": [
            {"check": "a", "level": "ok", "said": "fine", "remedy": ""},
            {"check": "b", "level": "warning", "said": "slow", "remedy": "more"},
            {"check": "c", "level": "missing", "said": "gone", "remedy": ""},
        ],
    }
