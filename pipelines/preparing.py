"""The sandbox of one search. It starts while the driver still loads MLflow: both take seconds, and neither waits."""

from __future__ import annotations

import contextlib

from mlprojects.contract.restart import Restart
from pipelines import sandbox as sandboxes
from pipelines.errors import PlatformError
from pipelines.options import network_allowed
from pipelines.search.log import Sandboxed, SearchLog
from pipelines.searches import Asked
from pipelines.settings import MachineSettings
from pipelines.spool import Spool
from pipelines.story import Story
from pipelines.task import Task
from pipelines.warm import MadeFor, Warm


def prepare_sandbox(
    task: Task,
    asked: Asked,
    machine: MachineSettings,
    story: Story,
    spool: Spool,
    log: SearchLog,
    warm: Warm | None = None,
) -> sandboxes.Sandbox:
    """That of ``warm`` where it was made for such a search, one on this machine, or the agents of a cluster.

    One on this machine is started, but for a search that goes on with what an earlier driver has left: that one is to
    be told of it first.

    Raises:
        UsageError: the kind is not known, or a cluster's address or certificates are wrong.
        PlatformError: there is no engine, no scheduler or no environment; ``log`` has the installer's words.
    """
    options, environment, seed = asked.options, task.environment, task.plan.seed
    network = network_allowed(options, task.settings, machine)
    if task.settings.network == "allow" and not network:
        story.note("autotweak.yaml asks for the network; it counts with --network or AUTOTWEAK_NETWORK_ALLOW=1")
    wanted = MadeFor(environment, options.sandbox, options.slots, seed, network)
    box = warm.take(wanted) if warm and not options.cluster else None
    box = box or _make(task, asked, machine, story, spool, log, network)
    if log.sandbox is None:
        log.append(Sandboxed, sandbox=box.kind)
    open_ = box.kind == "process"
    isolation = "; not isolated: the script runs with your rights (start Docker to isolate it)" if open_ else ""
    story.step("environment", f"{environment.name} {environment.digest} in a {box.kind} sandbox{isolation}")
    if not (box.started or options.cluster or log.steps or log.taken_over):
        spool.say(Restart())
        with contextlib.suppress(PlatformError):  # the search starts it again, and keeps on its run why that fails
            box.start()
    return box


def _make(
    task: Task, asked: Asked, machine: MachineSettings, story: Story, spool: Spool, log: SearchLog, network: bool
) -> sandboxes.Sandbox:
    options, environment, seed, say = asked.options, task.environment, task.plan.seed, story.environment
    if options.cluster:
        from pipelines.cluster.sandbox import ClusterSandbox

        return ClusterSandbox.prepare(options.cluster, environment, spool, asked.search, machine, seed, say, network)
    kind = log.sandbox or options.sandbox
    return sandboxes.choose(kind, environment, spool, options.slots, asked.search, machine, seed, say, network)
