"""What the imports of a script say: its frameworks, and what keeps its training from being seen."""

from . import catalog
from .accounts import Place
from .names import canonical
from .reach import Reach
from .terms import ANY


def framework_imports(reach: Reach) -> dict[str, Place]:
    """Give where each family, and PyTorch, is first imported, the entry's own imports first."""
    found: dict[str, Place] = {}
    for (file, _), scope in sorted(reach.scopes.items(), key=lambda item: item[0][0] != reach.entry):
        for dotted, line in scope.imports:
            name = canonical(dotted)
            root = name.split(".")[0]
            role = catalog.role(name)
            family = "unsupported" if root == "pyspark" else role.family if role else None
            if root == "tensorflow" and family is None:
                family = "keras"
            for key in filter(None, (family, root if root in catalog.BACKWARD_ROOTS else None)):
                found.setdefault(key, Place(file, line))
    return found


def orchestrator(reach: Reach) -> str:
    """Name what the entry describes its steps to, without running them itself; "" for nothing."""
    own = [scope for (file, _), scope in reach.scopes.items() if file == reach.entry]
    roots = {dotted.split(".")[0] for scope in own for dotted, _ in scope.imports}
    return next((title for root, title in catalog.ORCHESTRATORS.items() if root in roots), "")


def made_up(reach: Reach) -> Place | None:
    """Give the first place where a name to import, or code, is made up when the script runs."""
    imports = ((file, dotted, line) for (file, _), scope in reach.scopes.items() for dotted, line in scope.imports)
    return next((Place(file, line) for file, dotted, line in imports if dotted == ANY), None)


def imports_hydra(reach: Reach) -> bool:
    """Tell whether a script has Hydra make what its configuration names: of no framework that it imports itself."""
    return any(dotted.split(".")[0] in ("hydra", "hydra_zen") for s in reach.scopes.values() for dotted, _ in s.imports)
