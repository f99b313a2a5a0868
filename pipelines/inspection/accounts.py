"""What is found of one script: what it trains, and where."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A line of a file."""

    file: str
    line: int


@dataclass(frozen=True)
class Generation:
    """The Keras that a script was written for: 2 or 3, and what shows it; nothing where any will do."""

    number: int
    place: Place | None = None
    sign: str = ""


@dataclass(frozen=True)
class Training:
    """One place where something is trained.

    `name` is what was built, by its canonical name, or the framework that is not supported. A weak training
    (a clusterer's, a baseline's) counts only where there is no other.
    """

    family: str
    name: str
    place: Place
    built: Place | None = None
    is_weak: bool = False
    by_import: bool = False


@dataclass(frozen=True)
class Account:
    """What a script does: its trainings, the kind of its Keras model, where each family is imported.

    `files` are the entry and the files it reaches, `unresolved` the fits of something that cannot be told;
    `uses_imports` says that the script reads names it imports from other files of the source, `calls` how many
    calls had to be followed, `scopes` which functions take part (file and name). `made_up` is where a name is made
    up when the script runs (an import, `eval`), and `handed_to` what the script describes its steps to, without
    running them itself; `shows_layers` says that the layers of its Keras model are known.
    """

    entry: str
    files: tuple[str, ...]
    trainings: tuple[Training, ...]
    keras_kind: str
    telling_layer: Place | None
    imports: dict[str, Place]
    unresolved: tuple[Place, ...]
    uses_imports: bool
    calls: int = 0
    keras_generation: Generation = Generation(3)
    scopes: frozenset[tuple[str, str]] = frozenset()
    made_up: Place | None = None
    handed_to: str = ""
    shows_layers: bool = True

    @property
    def families(self) -> tuple[str, ...]:
        """The families trained; one that is not supported stands for all."""
        found = {training.family for training in self.trainings}
        return ("unsupported",) if "unsupported" in found else tuple(sorted(found))
