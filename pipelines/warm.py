"""What is ready before it is known what to train: a search's folder, and a sandbox that is up on it."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.environments import Environment
from pipelines.sandbox import Sandbox
from pipelines.searches import SearchFolder
from pipelines.spool import Spool


@dataclass(frozen=True)
class MadeFor:
    """What a sandbox depends on, beside the machine's settings."""

    environment: Environment
    sandbox: str
    """As it was asked for: auto, docker or process."""
    slots: int
    seed: int
    network: bool


@dataclass(frozen=True)
class Warm:
    """A folder with its lock held, and its sandbox; None where it could not be started."""

    folder: SearchFolder
    spool: Spool
    made_for: MadeFor
    box: Sandbox | None

    def take(self, wanted: MadeFor) -> Sandbox | None:
        """The sandbox, where it lives and is what is wanted; else it is ended: of two, each would run a trial."""
        if self.box is None:
            return None
        if wanted == self.made_for and self.box.death() is None:
            self.spool.show_source()
            return self.box
        self.box.stop()
        return None
