"""What is built, and so what kind a Keras model is of: convolutional, recurrent or dense."""

from collections.abc import Iterable, Iterator

from . import catalog
from .accounts import Place
from .catalog import Part
from .flow import Flow
from .origins import Local, Name
from .reach import Reach

_MOST_OTHERS = 40  # files that are looked at where the script does not show the layers


def built_names(flow: Flow) -> Iterator[tuple[str, Place]]:
    """Give what is called from outside the source, by canonical name."""
    for file, _, call in flow.calls():
        for origin in flow.callees[call]:
            if isinstance(origin, Name):
                yield origin.name, Place(file, call.line)
            elif isinstance(origin, Local) and origin.sort == "class":
                yield from ((base, Place(file, call.line)) for base in flow.outside_bases(origin))


def keras_kind(flow: Flow, built: Iterable[tuple[str, Place]]) -> tuple[str, Place | None, bool]:
    """Say which kind of Keras model is built, the layer that shows it, and whether any layer is known at all."""
    library = flow.reach.library
    names: list[tuple[str, Place | None]] = [*built]
    if not _shows_layers(names):
        names = [item for file in flow.reach.files for item in _anywhere(flow, file)]
    if not _shows_layers(names):  # built in a file that is not imported, or loaded: the source may show it
        names = [item for file in library.files[:_MOST_OTHERS] for item in _built_by(flow.reach, file)]
    if not _shows_layers(names):
        names = [(name, None) for name in library.configured.layers(flow.reach.entry)]
    for kind, tells in (("cnn", catalog.is_convolution), ("rnn", catalog.is_recurrent)):
        for name, place in names:
            if tells(name):
                return kind, place, True
    return "dense", None, _shows_layers(names)


def _anywhere(flow: Flow, file: str) -> Iterator[tuple[str, Place]]:
    """Give the outside names called anywhere in a file, taken part or not."""
    facts = flow.reach.library.facts(file)
    for scope in facts.scopes.values() if facts else ():
        for call in scope.calls:
            for origin in flow.trace(call.function, file):
                if isinstance(origin, Name):
                    yield origin.name, Place(file, call.line)


def _built_by(reach: Reach, file: str) -> Iterator[tuple[str, Place]]:
    """Give the outside names called when another file is run."""
    facts = reach.library.facts(file)
    if facts and file not in reach.files and any("Conv" in text or "layers" in text for text in facts.lines):
        yield from built_names(Flow(Reach(reach.library, file)))


def _shows_layers(names: Iterable[tuple[str, Place | None]]) -> bool:
    roles = ((name, catalog.role(name)) for name, _ in names)
    return any(role and (role.part is Part.LAYER or catalog.is_convolution(name)) for name, role in roles)
