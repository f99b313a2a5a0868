"""What runs when a script is run: the scopes reached from its top level, found by names."""

from .catalog import TRAINING_FUNCTIONS
from .facts import MAIN, ClassFacts, Scope
from .library import Library
from .terms import ANY, Defined, Imported

_RUN_MAIN = {("tf", "app", "run"), ("tf", "compat", "v1", "app", "run"), ("app", "run")}
_ADD_COMMANDS = {"add_typer", "add_command"}  # with these a command line takes in another file's commands
_FITS = {"fit", "partial_fit", "fit_predict", "fit_transform"}  # of an estimator: one may call another
_FITTING = {name.rpartition(".")[2] for name in TRAINING_FUNCTIONS}
_RUN_ANYTHING = {("fire", "Fire"), ("Fire",), ("python_fire", "Fire"), ("luigi", "run")}


class Reach:
    """The scopes, classes and files that take part when `entry` is run as a script.

    A function takes part when its name is read by something that does; a method when its class takes part
    and an attribute of its name is used, or a framework may call it: scikit-learn fits only what it is told to fit.
    `by_import` holds the scopes that run
    already because the entry imports their files. Without `imports` only what the entry itself uses is
    followed: quick, and enough to see whether it may train. `guesses` says that there are names made up when
    the entry runs, such as `globals()[name]`; they are followed to all they could mean with `guess` only.
    """

    def __init__(self, library: Library, entry: str, *, imports: bool = True, guess: bool = False) -> None:
        """Follow the names from the top level of `entry`."""
        self.library = library
        self.entry = entry
        self._imports = imports
        self._guess = guess
        self.guesses = False
        self.files: dict[str, None] = {}
        self.scopes: dict[tuple[str, str], Scope] = {}
        self.by_import: frozenset[tuple[str, str]] = frozenset()
        self.classes: dict[tuple[str, str], ClassFacts] = {}
        self.methods: dict[str, list[tuple[str, str]]] = {}  # method name -> scopes that take part
        self._attributes: set[str] = set()
        self._unused: dict[str, list[tuple[str, str]]] = {}  # methods not yet named by an attribute
        self._waiting: list[tuple[str, str]] = []
        self._followed: set[tuple[str, tuple[str, ...]]] = set()
        facts = library.facts(entry)
        if facts is None:
            return
        self.files[entry] = None
        for name in ("", MAIN):
            self._import_all(entry, facts.scopes[name])
        self._drain()
        self.by_import = frozenset(self.scopes)
        self._waiting += [(entry, MAIN), (entry, "")]
        self._drain()
        for file in list(self.files) if self._attributes & _ADD_COMMANDS else [entry]:
            there = library.facts(file)
            self._waiting += [(file, n) for n, scope in (there.scopes.items() if there else ()) if scope.is_command]
        self._drain()

    def _drain(self) -> None:
        while self._waiting:
            file, name = self._waiting.pop()
            facts = self.library.facts(file)
            if facts is None or (file, name) in self.scopes or name not in facts.scopes:
                continue
            scope = self.scopes[file, name] = facts.scopes[name]
            self._import_all(file, scope)
            for used in scope.used:
                self.follow_name(file, name, used)
                if used in _RUN_MAIN:
                    self.follow_name(file, name, ("main",))
                if used[-1] in _FITTING:
                    self._use("fit")
                if used in _RUN_ANYTHING:
                    self.follow_name(file, name, (ANY,))
                    self._use(ANY)
            for defined, decorator in scope.decorated:
                if decorator and self._registers(file, decorator):
                    self.follow_name(file, name, (defined,))
            for attribute in scope.attributes - self._attributes:
                if attribute != ANY or file == self.entry:
                    self._use(attribute)

    def _registers(self, file: str, decorator: tuple[str, ...]) -> bool:
        """Tell whether a decorator of the source keeps what it is given, to be found by its name later."""
        facts = self.library.facts(file)
        terms = facts.definitions.get(("", decorator[0]), []) if facts else []
        for term in terms:
            names, home = decorator, file
            if isinstance(term, Imported):
                found = self.library.imports.find(file, ".".join((term.name, *decorator[1:])))
                home, names = found or ("", ())
            there = self.library.facts(home) if names else None
            start = ".".join(names)
            scopes = there.scopes.items() if there else ()
            if any(scope.registers and (n == start or n.startswith(f"{start}.")) for n, scope in scopes):
                return True
        return False

    def _use(self, attribute: str) -> None:
        self._attributes.add(attribute)
        self.guesses |= attribute == ANY
        names = list(self._unused) if attribute == ANY and self._guess else [attribute]
        names = [*_FITS] if attribute in _FITS else names
        for name in names:
            for method in self._unused.pop(name, []):
                self._add_method(name, method)

    def _import_all(self, file: str, scope: Scope) -> None:
        for dotted, _ in scope.imports if self._imports else ():
            for found in self.library.imports.find_all(file, dotted):
                for module in (found[0], *self.library.imports.packages(found[0])):
                    if module not in self.files:
                        self.files[module] = None
                        self._waiting.append((module, ""))

    def follow_name(self, file: str, scope: str | None, names: tuple[str, ...]) -> bool:
        """Take in what a dotted name read in a scope means; tell whether it is defined in the source."""
        facts = self.library.facts(file)
        if facts is None:
            return False
        if "<lambda" in names[0] and scope is not None:
            self._waiting.append((file, names[0]))
            return True
        if names[0] == ANY and file != self.entry:
            return False
        if names[0] == ANY:
            self.guesses = True
            members = [t for (home, _), found in facts.definitions.items() for t in found if home == ""]
            defined = [t for t in members if isinstance(t, Defined)] if self._guess else []
            return bool(sum(self._follow(file, term, ()) for term in defined))
        while scope is not None:
            terms = facts.definitions.get(("" if scope == MAIN else scope, names[0]))
            if terms:
                return bool(sum(self._follow(file, term, names[1:]) for term in terms))
            scope = facts.scopes[scope].parent if scope in facts.scopes else None
        # `from a.b import *` in a.py is of another a: followed into the file itself, it would never end
        stars = [star for star in facts.stars if not (self.library.imports.find(file, star) or ("", ()))[1]]
        return bool(sum(self._follow(file, Imported(f"{star}.{names[0]}"), names[1:]) for star in stars))

    def _follow(self, file: str, term: Defined | Imported, rest: tuple[str, ...]) -> bool:
        if isinstance(term, Defined):
            if term.sort == "class":
                self._add_class(file, term.name)
            else:
                self._waiting.append((file, term.name))
            return True
        name = ".".join((term.name, *rest))
        hidden = self.library.imports.namesake(file, name)
        meant = [*self.library.imports.find_all(file, name), *([hidden] if hidden else [])]
        return bool(sum(self._follow_import(found) for found in meant))

    def _follow_import(self, found: tuple[str, tuple[str, ...]]) -> bool:
        if not found[1]:
            return True
        if found in self._followed:
            return True
        self._followed.add(found)
        known = self.follow_name(found[0], "", found[1])
        if not known and not self._imports:  # a variable: what is in it shows at the top level of its file
            self._waiting.append((found[0], ""))
        return known

    def _add_class(self, file: str, name: str) -> None:
        facts = self.library.facts(file)
        if facts is None or (file, name) in self.classes:
            return
        found = self.classes[file, name] = facts.classes[name]
        bases = [self.follow_name(file, "", used) or used == ("object",) for used in found.used]
        waits = _FITS if self._is_estimator(file, found) else set()
        for method, scope in found.methods.items():
            is_used = method in self._attributes or (self._guess and ANY in self._attributes)
            is_used |= method in _FITS and bool(_FITS & self._attributes)
            if (not all(bases) and method not in waits) or method.startswith("__") or is_used:
                self._add_method(method, (file, scope))
            else:
                self._unused.setdefault(method, []).append((file, scope))

    def _is_estimator(self, file: str, found: ClassFacts) -> bool:
        facts = self.library.facts(file)
        terms = [t for used in found.used for t in (facts.definitions.get(("", used[0]), []) if facts else [])]
        return any(isinstance(term, Imported) and term.name.split(".")[0] == "sklearn" for term in terms)

    def _add_method(self, method: str, scope: tuple[str, str]) -> None:
        self.methods.setdefault(method, []).append(scope)
        self._waiting.append(scope)
