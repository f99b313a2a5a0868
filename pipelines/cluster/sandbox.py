"""The driver's side: a sandbox like any other, whose trials run on the agents of a cluster."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mlprojects.contract.restart import Restart
from pipelines.cluster import cached
from pipelines.cluster.agent import RESOURCE
from pipelines.cluster.connect import connect
from pipelines.cluster.host import Host, News
from pipelines.cluster.parcels import Job, Known, has_ended, known, mend, pack, tar_of, unpack
from pipelines.environments import Environment, Say
from pipelines.errors import PlatformError
from pipelines.restarts import Death
from pipelines.settings import MachineSettings
from pipelines.sources.data import cache_folder
from pipelines.spool import Spool

LOOK_S = 0.25
"""How often agents are asked for news."""
WAIT_S = 60.0
"""How long a search waits for its first agent."""
ANSWER_S = 60.0
"""An agent that answers no question for so long is taken for lost."""
SILENT_S = 15.0
"""So is one of which the scheduler has heard nothing for so long. Agents say twice a second that they live."""
PATIENCE_S = 0.2
"""How long a look waits for answers; those that come later are read by a later look."""


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
    """One agent, as this search sees it. None of its answers is waited for: it may have none left to give."""

    name: str
    address: str
    slots: int
    greeted: Future[tuple[Any, Any]]
    """The actor, and its answer to ``open``."""
    host: Any = None
    opening: Any = None
    ready: bool = False
    asked: Any = None
    """Its answer to ``news``; None where nothing is asked."""
    since: float = 0.0
    room: int = 0
    """How many more trials it would take, by its last answer."""
    trials: set[int] = field(default_factory=set)
    giving: dict[int, Any] = field(default_factory=dict)
    """Those of the trials that it has not yet said it has: the answers."""


class ClusterSandbox:
    """Trials of one search on the agents of one scheduler. All is done when the search looks whether it lives."""

    kind = "cluster"
    memory = gpu = None
    """Each agent has its own."""

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
        self._workers: dict[str, Any] = {}
        """What the scheduler told last: a scheduler that does not answer has not heard of anybody since."""
        self._heard: dict[str, tuple[float, float]] = {}
        """By addresses of agents: when the scheduler last heard of it, by its clock, and when that changed, by ours."""
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
        if self._client is None or self._client.status == "closed":
            self._workers, self._client = {}, connect(self._address, self._machine)
        self._source = self._source or tar_of(self._spool.paths.source)
        self._ended = frozenset(Restart.read(self._spool.paths.restart).ended)
        deadline = time.monotonic() + WAIT_S
        while not any(agent.host for agent in self._agents.values()):
            if time.monotonic() > deadline:
                why = "; ".join(self._refused.values()) or "start one with autotweak agent --cluster"
                raise PlatformError(f"no agent has come within {WAIT_S:.0f} s: {why}")
            self._greet(self._present())
            time.sleep(LOOK_S)
            for name, why in self._settle().items():
                self._lose(name, why)
        self._started, self._seen = True, time.monotonic()

    def death(self) -> Death | None:
        """Look after the agents; the loss of one is told as a death of the trials that it ran."""
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return None
        self._looked = now
        present = self._present()
        lost = {name: self._missed(agent) for name, agent in self._agents.items() if name not in present}
        self._greet(present)
        lost = self._settle() | lost
        waiting = self._waiting()
        self._ask([agent for name, agent in self._agents.items() if agent.ready and name not in lost], len(waiting))
        for agent in self._agents.values():
            if agent.name not in lost and (why := self._hear(agent)):
                lost[agent.name] = why
        trials = [number for name, why in lost.items() for number in self._lose(name, why)]
        self._give(waiting)
        self._seen = now if self._agents else self._seen
        if now - self._seen > WAIT_S:
            return Death("infrastructure", f"no agent has been there for {WAIT_S:.0f} s", ())
        return Death("infrastructure", "; ".join(lost.values()), tuple(sorted(trials))) if trials else None

    def resize(self, memory_mib: int) -> None:
        """Nothing: each agent has limits of its own."""

    def stop(self) -> None:
        """End the search on all agents, and leave the scheduler."""
        for agent in self._agents.values():
            if agent.host is None:
                continue
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
        """The agents that the scheduler hears of: their addresses and slots, by name."""
        # Not Client.scheduler_info: that gives what a timer of the client's has put there meanwhile, without workers.
        if self._client.status == "running":
            with contextlib.suppress(OSError):
                self._workers = self._client.sync(self._client.scheduler.identity, n_workers=-1)["workers"]
        with_slots = {a: w for a, w in self._workers.items() if w.get("resources", {}).get(RESOURCE)}
        now, before = time.monotonic(), self._heard
        self._heard = {
            a: before[a] if a in before and before[a][0] == w["last_seen"] else (w["last_seen"], now)
            for a, w in with_slots.items()
        }
        living = {a: w for a, w in with_slots.items() if now - self._heard[a][1] < SILENT_S}
        return {str(w["name"]): (a, int(w["resources"][RESOURCE])) for a, w in living.items()}

    def _missed(self, agent: Agent) -> str:
        """Why an agent that is not present is not."""
        if agent.address in self._heard:
            return f"the agent {agent.name} has not been heard of for {SILENT_S:.0f} s"
        return f"the agent {agent.name} is gone"

    def _greet(self, present: Mapping[str, tuple[str, int]]) -> None:
        """Open the search on agents that are new; it takes as long as their environment does, and nobody waits."""
        for name, (address, slots) in present.items():
            if name not in self._agents and address not in self._refused:
                greeted = _aside(partial(self._open, address))
                self._agents[name] = Agent(name, address, slots, greeted)

    def _open(self, address: str) -> tuple[Any, Any]:
        placed = {"workers": [address], "allow_other_workers": False, "pure": False}
        host = self._client.submit(Host, self._job, actor=True, **placed).result(timeout=ANSWER_S)
        lacking = host.lacking().result(timeout=ANSWER_S)
        data = tar_of(self._cache, lacking) if lacking else b""
        return host, host.open(self._source, data)

    def _settle(self) -> dict[str, str]:
        """See which agents have come to be ready; those that cannot be used, and why."""
        lost = {}
        for agent in self._agents.values():
            try:
                if agent.host is None and agent.greeted.done():
                    agent.host, agent.opening = agent.greeted.result()
                    self._say(f"the agent {agent.name} with {agent.slots} slots")
                if agent.opening is not None and agent.opening.done():
                    kind, agent.opening, agent.ready = agent.opening.result(timeout=ANSWER_S), None, True
                    open_ = "; not isolated: the script runs with its user's rights (start Docker there to isolate it)"
                    self._say(f"the agent {agent.name} has a {kind} sandbox{open_ if kind == 'process' else ''}")
            except Exception as error:
                lost[agent.name] = f"the agent {agent.name} cannot be used: {error}"
                self._refused[agent.address] = lost[agent.name]
        return lost

    def _ask(self, agents: Sequence[Agent], waiting: int) -> None:
        """Ask for news, and wait a moment for the answers, but not for those of an agent that is late."""
        now = time.monotonic()
        for agent in agents:
            if agent.asked is None:
                here = sorted(agent.trials - agent.giving.keys())
                had = {number: known(self._spool.paths.trial(number)) for number in here}
                agent.asked, agent.since = _call(agent.host, "news", had, waiting), now
        fresh = [agent.asked for agent in agents if agent.since == now]
        while time.monotonic() < now + PATIENCE_S and not all(answer.done() for answer in fresh):
            time.sleep(0.005)

    def _hear(self, agent: Agent) -> str:
        """Read an agent's answers; why it is lost, or nothing."""
        for number, answer in list(agent.giving.items()):
            if answer.done():
                try:
                    agent.giving.pop(number).result(timeout=ANSWER_S)
                except Exception as error:
                    return f"the agent {agent.name} did not take trial {number}: {error}"
        if agent.asked is None:
            return ""
        if not agent.asked.done():
            late = time.monotonic() - agent.since > ANSWER_S
            return f"the agent {agent.name} was lost: no answer for {ANSWER_S:.0f} s" if late else ""
        try:
            news: News = agent.asked.result(timeout=ANSWER_S)
        except Exception as error:
            return f"the agent {agent.name} was lost: {error}"
        agent.asked, agent.room = None, news.slots
        for number, parcel in news.parcels.items():
            unpack(self._spool.paths.trial(number), parcel)
            for what in parcel.left_out:
                self._say(f"trial {number} is not whole here: on the agent {agent.name} {what}; make it smaller")
            if parcel.last:
                agent.trials.discard(number)
        return f"the sandbox of the agent {agent.name} died: {news.dead}" if news.dead else ""

    def _lose(self, name: str, why: str) -> list[int]:
        """Take an agent's trials back; those that had begun."""
        agent = self._agents.pop(name)
        self._given -= agent.trials
        self._say(why)
        return [number for number in sorted(agent.trials) if self._spool.begun(number)]

    def _waiting(self) -> list[int]:
        """The trials that no agent has, and that have not ended; one that nobody can read is not given away again."""
        over = self._given | self._ended
        return [n for n in self._spool.paths.numbers() if n not in over and not has_ended(self._spool.paths.trial(n))]

    def _give(self, waiting: Sequence[int]) -> None:
        """Give what waits to those agents that have room for it."""
        for number, name in place({name: agent.room for name, agent in self._agents.items()}, waiting):
            trial, agent = self._spool.paths.trial(number), self._agents[name]
            mend(trial)
            before = pack(trial, Known(), most=None)
            agent.giving[number] = _call(agent.host, "give", trial.spec.read_text(encoding="utf-8"), before)
            agent.trials.add(number)
            self._given.add(number)
        for agent in self._agents.values():
            agent.room = 0


def _call(host: Any, method: str, *arguments: Any) -> Any:
    """The answer of an actor that is to come; dask raises at once where it knows already that the actor is lost."""
    try:
        return getattr(host, method)(*arguments)
    except Exception as error:
        failed: Future[Any] = Future()
        failed.set_exception(error)
        return failed


def _aside(act: Callable[[], Any]) -> Future[Any]:
    """What comes of something that takes long, or never ends: a thread that keeps no driver from ending."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(act())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=run, name="greeting", daemon=True).start()
    return future
