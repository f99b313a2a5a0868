"""The driver's side: a sandbox like any other, whose trials run on the agents of a cluster."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlprojects.contract.restart import Restart
from pipelines.cluster import cached
from pipelines.cluster.agent import RESOURCE
from pipelines.cluster.connect import connect
from pipelines.cluster.host import Host
from pipelines.cluster.parcels import Job, Known, ended, known, mend, pack, tar_of, unpack
from pipelines.environments import Environment, Say
from pipelines.errors import PlatformError, TrialError
from pipelines.restarts import Death
from pipelines.settings import MachineSettings
from pipelines.sources.data import cache_folder
from pipelines.spool import Spool, read_regular

LOOK_S = 0.25
"""How often agents are asked for news."""
WAIT_S = 60.0
"""How long a search waits for its first agent."""
ANSWER_S = 60.0
"""An agent that answers no question for so long is taken for lost."""


def place(free: Mapping[str, int], waiting: Sequence[int]) -> list[tuple[int, str]]:
    """Which agent runs which trial: the one with most free slots first, the lower name among equals."""
    left, placed = dict(free), []
    for number in waiting:
        name = min(left, key=lambda name: (-left[name], name), default=None)
        if name is None or left[name] <= 0:
            break
        left[name] -= 1
        placed.append((number, name))
    return placed


@dataclass
class Agent:
    """One agent, as this search sees it."""

    name: str
    address: str
    slots: int
    host: Any
    """The actor."""
    opening: Any
    """The answer to ``open``; None once it is there."""
    trials: set[int] = field(default_factory=set)


class ClusterSandbox:
    """Trials of one search on the agents of one scheduler. All is done when the search looks whether it lives."""

    kind = "cluster"
    memory = None

    def __init__(self, address: str, job: Job, spool: Spool, machine: MachineSettings, say: Say) -> None:
        self._address, self._job, self._spool, self._machine, self._say = address, job, spool, machine, say
        self._cache = cache_folder(machine.home)
        self._client: Any = connect(address, machine)
        self._agents: dict[str, Agent] = {}
        self._refused: dict[str, str] = {}
        """Why agents cannot be used, by their addresses: a new one has another."""
        self._given: set[int] = set()
        self._ended: frozenset[int] = frozenset()
        self._source = b""
        self._looked = self._seen = 0.0
        self._started = False

    @classmethod
    def prepare(
        cls,
        address: str,
        environment: Environment,
        spool: Spool,
        search: str,
        machine: MachineSettings,
        seed: int,
        say: Say,
        network: bool,
    ) -> ClusterSandbox:
        """Connect; environments are made by the agents.

        Raises:
            UsageError: the address or its certificates are wrong.
            PlatformError: the scheduler does not answer.
        """
        data = cached.listing(cache_folder(machine.home))
        digest = f"{environment.digest}-{environment.runtime_digest}"
        job = Job(search, environment.name, environment.extras, digest, seed, network, data)
        return cls(address, job, spool, machine, say)

    @property
    def started(self) -> bool:
        """Whether there is an agent, or was."""
        return self._started

    def start(self) -> None:
        """Wait for an agent, the first time; what a lost one has left is given to others by the next look.

        Raises:
            PlatformError: there is none in time, or none that can run this search.
        """
        self._client = self._client or connect(self._address, self._machine)
        self._source = self._source or tar_of(self._spool.paths.source)
        self._ended = frozenset(Restart.read(self._spool.paths.restart).ended)
        deadline = time.monotonic() + WAIT_S
        self._greet(self._present())
        while not self._agents:
            if time.monotonic() > deadline:
                why = "; ".join(self._refused.values()) or "start one with autotweak agent --cluster"
                raise PlatformError(f"no agent has come within {WAIT_S:.0f} s: {why}")
            time.sleep(LOOK_S)
            self._greet(self._present())
        self._started, self._seen = True, time.monotonic()

    def death(self) -> Death | None:
        """Look after the agents; the loss of one is told as a death of the trials that it ran."""
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return None
        self._looked = now
        present = self._present()
        lost = {name: f"the agent {name} is gone" for name, agent in self._agents.items() if name not in present}
        self._greet(present)
        for agent in self._agents.values():
            if agent.name not in lost and (why := self._hear(agent)):
                lost[agent.name] = why
        lost |= self._give([name for name in self._agents if name not in lost])
        trials = [number for name, why in lost.items() for number in self._lose(name, why)]
        self._seen = now if self._agents else self._seen
        if now - self._seen > WAIT_S:
            return Death("infrastructure", f"no agent has been there for {WAIT_S:.0f} s", ())
        return Death("infrastructure", "; ".join(lost.values()), tuple(sorted(trials))) if trials else None

    def resize(self, memory_mib: int) -> None:
        """Nothing: each agent has limits of its own."""

    def stop(self) -> None:
        """End the search on all agents, and leave the scheduler."""
        for agent in self._agents.values():
            try:
                agent.host.stop().result(timeout=10)
            except Exception as error:
                self._say(f"the agent {agent.name} did not end its sandbox: {error}")
        self._agents.clear()
        self._given.clear()
        if self._client is not None:
            self._client.close()
            self._client = None

    # -- agents -------------------------------------------------------------------------------------------

    def _present(self) -> dict[str, tuple[str, int]]:
        """The agents that the scheduler knows: their addresses and slots, by name."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        with_slots = {a: w for a, w in workers.items() if w.get("resources", {}).get(RESOURCE)}
        return {str(w["name"]): (a, int(w["resources"][RESOURCE])) for a, w in with_slots.items()}

    def _greet(self, present: Mapping[str, tuple[str, int]]) -> None:
        """Open the search on agents that are new; it takes as long as their environment does, and nobody waits."""
        for name, (address, slots) in present.items():
            if name in self._agents or address in self._refused:
                continue
            try:
                placed = {"workers": [address], "allow_other_workers": False, "pure": False}
                host = self._client.submit(Host, self._job, actor=True, **placed).result(timeout=ANSWER_S)
                lacking = host.lacking().result(timeout=ANSWER_S)
                data = tar_of(self._cache, lacking) if lacking else b""
                self._agents[name] = Agent(name, address, slots, host, host.open(self._source, data))
            except Exception as error:
                self._refused[address] = f"the agent {name} cannot be used: {error}"
                self._say(self._refused[address])
            else:
                self._say(f"the agent {name} with {slots} slots")

    def _hear(self, agent: Agent) -> str:
        """Fetch an agent's news; why it is lost, or nothing."""
        if agent.opening is not None:
            if not agent.opening.done():
                return ""
            try:
                kind = agent.opening.result(timeout=ANSWER_S)
            except Exception as error:
                self._refused[agent.address] = f"the agent {agent.name} cannot be used: {error}"
                return self._refused[agent.address]
            agent.opening = None
            open_ = "; not isolated: the script runs with its user's rights (start Docker there to isolate it)"
            self._say(f"the agent {agent.name} has a {kind} sandbox{open_ if kind == 'process' else ''}")
        if not agent.trials:
            return ""
        had = {number: known(self._spool.paths.trial(number)) for number in sorted(agent.trials)}
        try:
            parcels, dead = agent.host.news(had).result(timeout=ANSWER_S)
        except Exception as error:
            return f"the agent {agent.name} was lost: {error}"
        for number, parcel in parcels.items():
            unpack(self._spool.paths.trial(number), parcel)
            for what in parcel.left_out:
                self._say(f"trial {number} is not whole here: on the agent {agent.name} {what}; make it smaller")
            if parcel.last:
                agent.trials.discard(number)
        return f"the sandbox of the agent {agent.name} died: {dead}" if dead else ""

    def _lose(self, name: str, why: str) -> list[int]:
        """Take an agent's trials back; those that had begun."""
        agent = self._agents.pop(name)
        self._given -= agent.trials
        self._say(why)
        return [number for number in sorted(agent.trials) if self._spool.begun(number)]

    def _give(self, names: Sequence[str]) -> dict[str, str]:
        """Give what waits to those agents that have room; which of them are lost, and why."""
        over = self._given | self._ended
        waiting = [n for n in self._spool.paths.numbers() if n not in over and not self._over(n)]
        ready = {name: self._agents[name] for name in names if self._agents[name].opening is None}
        lost: dict[str, str] = {}
        for number, name in place({n: a.slots - len(a.trials) for n, a in ready.items()}, waiting):
            if name in lost:
                continue
            trial = self._spool.paths.trial(number)
            mend(trial)
            before = pack(trial, Known(), most=None)
            try:
                ready[name].host.give(trial.spec.read_text(encoding="utf-8"), before).result(timeout=ANSWER_S)
            except Exception as error:
                lost[name] = f"the agent {name} did not take trial {number}: {error}"
                continue
            ready[name].trials.add(number)
            self._given.add(number)
        return lost

    def _over(self, number: int) -> bool:
        """Whether a trial has ended by its journal here; one that nobody can read is not given away again."""
        try:
            return ended(read_regular(self._spool.paths.trial(number).journal, 0))
        except TrialError:
            return True
