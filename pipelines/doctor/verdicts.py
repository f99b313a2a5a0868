"""What the facts of this machine mean: pure verdicts, one function a check, each with its remedy."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.doctor.facts import (
    TRIED_MEMORY_MIB,
    TRIED_PIDS,
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
from pipelines.doctor.findings import Finding, missing, ok, warning

OLDEST_PYTHON = (3, 11)
OLDEST_API = (1, 41)
"""Of the Docker engine: the oldest one that autotweak is tested with."""
LEAST_GIB, ENOUGH_GIB = 2.0, 10.0
"""Free space: an environment takes up to 2 GiB, its image as much again; models and checkpoints come on top."""
SPARE = 0.9
"""Share of the memory that sandboxes may have at most, so that the driver has some."""


def python(version: tuple[int, int]) -> list[Finding]:
    """The driver's own Python."""
    said, oldest = (".".join(map(str, each)) for each in (version, OLDEST_PYTHON))
    if version < OLDEST_PYTHON:
        return [missing("python", f"{said}; {oldest} or newer is needed", f"uv python install {oldest}")]
    return [ok("python", said)]


def home(fact: HomeFact) -> list[Finding]:
    """Whether the home can be written, locked, and how much fits into it."""
    move = "export AUTOTWEAK_HOME=/a/folder/with/space"
    if fact.refused:
        return [
            missing(
                "home",
                f"{fact.path} cannot be written: {fact.refused}",
                f"sudo mkdir -p {fact.path} && sudo chown $USER {fact.path}",
            )
        ]
    found = [ok("home", f"{fact.path} can be written")]
    free = f"{fact.free_gib:.1f} GiB free below {fact.path}"
    if fact.free_gib < LEAST_GIB:
        found.append(missing("disk", f"{free}; {LEAST_GIB:.0f} GiB are needed", move))
    elif fact.free_gib < ENOUGH_GIB:
        found.append(warning("disk", f"{free}; {ENOUGH_GIB:.0f} GiB hold all environments and their images", move))
    else:
        found.append(ok("disk", free))
    if fact.unlocked:
        said = f"two processes may hold the same lock below {fact.path}: {fact.unlocked}"
        found.append(missing("locks", said, "export AUTOTWEAK_HOME=/a/folder/on/a/local/disk"))
    else:
        found.append(ok("locks", "file locks work there"))
    return found


def program(name: str, version: str | None, remedy: str, needed_for: str) -> list[Finding]:
    """A program that is called; its version is None where there is none."""
    return [ok(name, version)] if version else [missing(name, f"not found; {needed_for}", remedy)]


def engine(fact: EngineFact | EngineAbsent) -> list[Finding]:
    """The Docker engine, and whether it can bound a container."""
    if isinstance(fact, EngineAbsent):
        remedy = "sudo usermod -aG docker $USER" if fact.denied else "sudo apt-get install docker.io"
        said = f"no Docker engine answers ({fact.reason}): scripts run in local processes, with your rights"
        return [warning("docker", said, remedy)]
    said = f"{fact.version}, API {'.'.join(map(str, fact.api))}, cgroup v{fact.cgroup} by {fact.driver}"
    if fact.api < OLDEST_API:
        oldest = ".".join(map(str, OLDEST_API))
        found = [warning("docker", f"{said}; tested from API {oldest} on", "sudo apt-get upgrade docker.io")]
    else:
        found = [ok("docker", said)]
    if fact.unbounded:
        said = f"the engine cannot limit {', '.join(fact.unbounded)}: a script may take all of it"
        found.append(missing("limits", said, "boot the kernel with cgroup_enable=memory swapaccount=1"))
    return found


def sandbox(tried: Tried) -> list[Finding]:
    """Whether a container was bounded as a sandbox is."""
    if tried.skipped:
        return [warning("sandbox", f"not tried: {tried.skipped}", tried.remedy)]
    if tried.refused:
        return [missing("sandbox", f"a container cannot be started: {tried.refused}", "docker info")]
    wrong = []
    if tried.memory_bytes != TRIED_MEMORY_MIB << 20:
        wrong.append("memory is not limited")
    if tried.pids != TRIED_PIDS:
        wrong.append("processes are not limited")
    if tried.network:
        wrong.append("the network is reached without being given")
    if tried.writes:
        wrong.append("its root can be written")
    if wrong:
        return [missing("sandbox", f"in a container {', '.join(wrong)}", "docker info")]
    return [ok("sandbox", "a container has bounded memory and processes, no network, and a read-only root")]


def environments(facts: Sequence[EnvironmentFact]) -> list[Finding]:
    """What is made already of what trials run in."""
    found = []
    for fact in facts:
        name, kind = f"environment {fact.name}", "image" if fact.image is not None else "virtual environment"
        if fact.image if fact.image is not None else fact.venv:
            found.append(ok(name, f"its {kind} is made"))
        else:
            at_hand = "" if fact.image is None or fact.base_here else f"; {fact.base} is pulled for it"
            remedy = "autotweak images" if fact.image is not None else ""
            found.append(warning(name, f"its {kind} is made when first needed, in a few minutes{at_hand}", remedy))
    return found


def tracking(fact: TrackingFact) -> list[Finding]:
    """The tracking server and its model registry."""
    remedy = "export MLFLOW_TRACKING_URI=..., or unset it for a store below the home"
    if fact.problem:
        return [missing("tracking", fact.problem, remedy if fact.given else "")]
    if fact.registry_problem:
        return [ok("tracking", fact.where), missing("registry", fact.registry_problem, remedy)]
    return [ok("tracking", fact.where), ok("registry", "answers")] if fact.asked else [ok("tracking", fact.where)]


def notify(fact: NotifyFact) -> list[Finding]:
    """Who is told, and whether they can be."""
    if fact.invalid:
        return [missing("notify", fact.invalid, "export AUTOTWEAK_NOTIFY='mailtos://...', see docs/mail.md")]
    if not fact.channels:
        said = "AUTOTWEAK_NOTIFY is not set: nobody is told how a search ended"
        return [warning("notify", said, "export AUTOTWEAK_NOTIFY='mailtos://...', see docs/mail.md")]
    return [finding for channel in fact.channels for finding in mail(channel)]


def mail(fact: MailFact) -> list[Finding]:
    """One reader."""
    if fact.problem:
        return [missing("notify", f"{fact.name}: {fact.problem}", "see docs/mail.md")]
    how = "a test message was taken" if fact.sent else "the server takes the sign-in" if fact.asked else "not asked"
    return [ok("notify", f"{fact.name}: {how}{'' if fact.asked or fact.sent else '; --send-test sends a message'}")]


def size(fact: SizeFact) -> list[Finding]:
    """Processors and memory against what a sandbox is given."""
    found = []
    if fact.cpus is not None and fact.cpus > fact.processors:
        said = f"AUTOTWEAK_CPUS is {fact.cpus:g}, the machine has {fact.processors}: the engine refuses that"
        found.append(missing("processors", said, f"export AUTOTWEAK_CPUS={fact.processors}"))
    else:
        found.append(ok("processors", f"{fact.processors}, of which a sandbox has {fact.cpus or fact.processors:g}"))
    said = f"{fact.memory_mib} MiB, of which a sandbox may have {fact.limit_mib}"
    if fact.limit_mib > SPARE * fact.memory_mib:
        fits = int(SPARE * fact.memory_mib)
        found.append(warning("memory", f"{said}: the machine runs out first", f"export AUTOTWEAK_MEMORY_MIB={fits}"))
    else:
        found.append(ok("memory", said))
    return found


def ports(facts: Sequence[PortFact]) -> list[Finding]:
    """Where the services listen by default."""
    found = []
    for fact in facts:
        name = f"port {fact.port}"
        if fact.ours:
            found.append(ok(name, f"autotweak {fact.service} listens there"))
        elif fact.free:
            found.append(ok(name, f"free for autotweak {fact.service}"))
        else:
            said = f"taken by another program; autotweak {fact.service} would listen there"
            found.append(warning(name, said, fact.remedy))
    return found


def gpu(fact: GpuFact) -> list[Finding]:
    """Whether Keras scripts compute on one; scikit-learn and Keras 2 compute on processors."""
    if fact.used:
        return [ok("gpu", f"{fact.said}, for Keras 3")]
    if fact.said:
        return [warning("gpu", fact.said) if fact.wanted else ok("gpu", fact.said)]
    if fact.devices:
        said = f"{', '.join(fact.devices)} seen, and not used: nvidia-smi tells of no GPU of NVIDIA that is ours to use"
        return [warning("gpu", said)]
    return [ok("gpu", "none seen, none needed")]
