"""Names of Keras and scikit-learn that a file uses and nothing binds: an excerpt of which the imports are left out."""

import builtins
from collections.abc import Iterable, Mapping

from .catalog import star_home
from .facts import Scope
from .terms import Imported, Store

_MODULES = {
    "keras": "keras",
    "tf": "tensorflow",
    "tensorflow": "tensorflow",
    "sklearn": "sklearn",
    "layers": "keras.layers",
}


def imply(scopes: Mapping[str, Scope], defined: Iterable[str], lines: tuple[str, ...]) -> tuple[str, ...]:
    """Add the imports that the top level lacks, as everybody writes them; give the names that they bind."""
    bound = {*dir(builtins), *defined}
    for scope in scopes.values():
        bound |= {store.name for store in scope.stores} | set(scope.parameters)
    meant: dict[str, str] = {}
    for scope in scopes.values():
        for used in scope.used:
            name = used[0]
            home = _MODULES.get(name) if len(used) > 1 else star_home(name) if name[:1].isupper() else None
            if home and name not in bound:
                meant[name] = home if len(used) > 1 else f"{home}.{name}"
    top = scopes[""]
    for name, dotted in meant.items():
        line = next((number for number, text in enumerate(lines, 1) if name in text), 1)
        top.imports.append((dotted, line))
        top.stores.insert(0, Store("", name, Imported(dotted), 0, ()))
    return tuple(meant)
