"""Where values come from: from an expression back to the calls that built what it may hold."""

import builtins
from collections.abc import Iterator

from .catalog import LOADERS, MAKERS, TRANSPARENT_FUNCTIONS, star_name
from .facts import Scope
from .names import canonical
from .origins import Called, Local, Made, Name, Operations, Origin, Unknown, keeps_object
from .reach import Reach
from .terms import ANY, Attribute, Call, Defined, Elsewhere, Group, Imported, Read, Store, Term, visible

_MOST_STEPS = 250
_MOST_OPERATIONS = 8
_ROUNDS = 3
_MOST_NAMESAKES = 8  # attributes of one name that are still taken for the one meant


_Step = tuple[Term, str, Operations]


class Flow:
    """Traces values through the scopes of a `Reach`. `callees` gives for each call what it may call."""

    def __init__(self, reach: Reach) -> None:
        """Gather the stores of all scopes that take part, and pass arguments on to parameters."""
        self.reach = reach
        self.callees: dict[Call, tuple[Origin, ...]] = {}
        self._library = reach.library
        self._stores: dict[tuple[str, str, str], list[Store]] = {}
        self._top: dict[str, list[Term]] = {}
        self._fields: dict[tuple[str, str, str], list[Term]] = {}
        self._any_fields: dict[str, list[Term]] = {}
        self._lineage: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._related: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for (file, _), scope in reach.scopes.items():
            for store in scope.stores:
                self._stores.setdefault((file, store.scope, store.name), []).append(store)
            for field in scope.fields:
                value = Elsewhere(field.value, file)
                self._fields.setdefault((file, field.owner, field.name), []).append(value)
                self._any_fields.setdefault(field.name, []).append(value)
        self._relate()
        self._pass_arguments()

    def calls(self) -> Iterator[tuple[str, Scope, Call]]:
        """Give every call that takes part, with its file and scope."""
        for (file, _), scope in self.reach.scopes.items():
            for call in scope.calls:
                yield file, scope, call

    def trace(self, term: Term, file: str, operations: Operations = ()) -> tuple[Origin, ...]:
        """Find what `term` of `file` may hold, in the order found; nothing if it can be no object of interest."""
        waiting: list[_Step] = [(term, file, operations)]
        seen: set[tuple[int, str, Operations]] = set()
        found: dict[Origin, None] = {}
        while waiting:
            term, file, operations = waiting.pop()
            key = (id(term), file, operations)
            if key in seen or len(operations) > _MOST_OPERATIONS:
                continue
            seen.add(key)
            if len(seen) > _MOST_STEPS:
                found[Unknown()] = None
                break
            for step in self._step(term, file, operations):
                if isinstance(step, tuple):
                    waiting.append(step)
                else:
                    found[step] = None
        return tuple(found)

    def is_defined(self, local: Local, method: str) -> bool:
        """Tell whether a class of the source, or a base of it in the source, defines the method."""
        return any(self._member(*key, method) for key in self._ancestors((local.file, local.name)))

    def outside_bases(self, local: Local) -> tuple[str, ...]:
        """Give the canonical names of the classes from outside that a class of the source derives from."""
        keys = self._ancestors((local.file, local.name))
        traced = [o for key in keys for base in self._bases(key) for o in self.trace(base, key[0])]
        return tuple(dict.fromkeys(origin.name for origin in traced if isinstance(origin, Name)))

    def _step(self, term: Term, file: str, operations: Operations) -> Iterator[_Step | Origin]:
        match term:
            case Elsewhere(inner, home):
                yield inner, home, operations
            case Group(members):
                yield from ((member, file, operations) for member in reversed(members))
            case Attribute(base, name):
                yield base, file, (name, *operations)
            case Call():
                yield term.function, file, (Called(term, file), *operations)
            case Read():
                yield from self._read(term, file, operations)
            case Imported(name):
                yield from self._imported(name, file, operations)
            case Defined(name, sort):
                yield from self._defined(Local(sort, file, name), operations)

    def _read(self, read: Read, file: str, operations: Operations) -> Iterator[_Step | Origin]:
        facts = self._library.facts(file)
        if read.name == ANY:
            yield from self._symbol(file, ANY, operations)
            return
        scope: str | None = read.scope
        while facts is not None and scope is not None:
            stores = self._stores.get((file, scope, read.name))
            if stores:
                kept = visible(stores, read) if scope == read.scope else stores
                yield from ((store.value, file, operations) for store in reversed(kept))
                return
            if read.name in facts.scopes[scope].parameters:
                yield from self._unknown(operations)
                return
            if read.name == "super" and facts.scopes[scope].owner:
                bases = self._bases((file, facts.scopes[scope].owner))
                yield from ((base, file, operations) for base in bases)
                return
            scope = facts.scopes[scope].parent
        yield from self._symbol(file, read.name, operations, stars_only=True)

    def _symbol(
        self, file: str, name: str, operations: Operations, *, stars_only: bool = False
    ) -> Iterator[_Step | Origin]:
        """Follow a name of a module's top level."""
        stores = [] if stars_only else self._stores.get((file, "", name), [])
        facts = self._library.facts(file)
        if name == ANY:
            yield from ((value, file, operations) for value in self._defined_in(file))
            yield from self._unknown(operations)
            return
        if stores or facts is None:
            yield from ((store.value, file, operations) for store in reversed(stores))
            return
        for star in reversed(facts.stars):
            found = self._library.imports.find(file, star)
            if found and self._offers(found[0], name, set()):
                yield from self._symbol(found[0], name, operations)
                return
        for star in reversed(facts.stars):
            known = star_name(canonical(star), name)
            if known and not self._library.imports.find(file, star):
                yield from self._outside(known, operations)
                return
        if hasattr(builtins, name):
            yield from self._outside(f"builtins.{name}", operations)
        else:
            yield from self._unknown(operations)

    def _defined_in(self, file: str) -> list[Term]:
        """Give the functions and classes of the top level of a file."""
        if not self._top:
            for (home, scope, _), stores in self._stores.items():
                kept = [store.value for store in stores if scope == "" and isinstance(store.value, Defined)]
                self._top.setdefault(home, []).extend(kept)
        return self._top.get(file, [])

    def _offers(self, file: str, name: str, asked: set[str]) -> bool:
        if file in asked:
            return False
        asked.add(file)
        facts = self._library.facts(file)
        if facts is None or (file, "", name) in self._stores:
            return facts is not None
        found = [(star, self._library.imports.find(file, star)) for star in facts.stars]
        return any(
            self._offers(local[0], name, asked) if local else star_name(canonical(star), name) is not None
            for star, local in found
        )

    def _imported(self, dotted: str, file: str, operations: Operations) -> Iterator[_Step | Origin]:
        count = next((n for n, o in enumerate(operations) if not isinstance(o, str)), len(operations))
        full = ".".join((dotted, *(o for o in operations[:count] if isinstance(o, str))))
        meant = self._library.imports.find_all(file, full)
        if not meant:
            yield from self._outside(canonical(full), operations[count:])
        for home, rest in meant:
            if rest:
                yield from self._symbol(home, rest[0], (*rest[1:], *operations[count:]))
        hidden = self._library.imports.namesake(file, full)
        if hidden and (hidden[0], "", hidden[1][0]) in self._stores:
            yield from self._symbol(hidden[0], hidden[1][0], operations[count:])

    def _outside(self, name: str, operations: Operations) -> Iterator[_Step | Origin]:
        count = next((n for n, o in enumerate(operations) if not isinstance(o, str)), len(operations))
        name = ".".join((name, *(o for o in operations[:count] if isinstance(o, str))))
        if count == len(operations):
            yield Name(name)
            return
        called = operations[count]
        assert not isinstance(called, str)
        rest = operations[count + 1 :]
        if name in MAKERS:
            yield from self._made_by(called, rest)
        elif name in TRANSPARENT_FUNCTIONS:
            yield from ((value, called.file, rest) for value in reversed(called.call.values))
        elif name in LOADERS:
            yield from self._unknown(rest)
        elif keeps_object(rest):
            yield Made(name, called.call, called.file)

    def _made_by(self, maker: Called, rest: Operations) -> Iterator[_Step | Origin]:
        """Follow what `namedtuple(...)` or `field(default_factory=...)` gives to the values put into it."""
        factories = [value for name, value in maker.call.keywords if name == "default_factory"]
        yield from ((value, maker.file, (maker, *rest)) for value in factories)
        yield from ((value, maker.file, rest) for name, value in maker.call.keywords if name == "default")
        if rest and not isinstance(rest[0], str):
            yield from ((value, rest[0].file, rest[2:]) for value in rest[0].call.values)

    def _defined(self, local: Local, operations: Operations) -> Iterator[_Step | Origin]:
        if not operations:
            yield local
        elif local.sort == "function":
            if not isinstance(operations[0], str):
                yield from self._returns(local.file, local.name, operations[1:])
        elif not isinstance(operations[0], str):
            yield from self._defined(Local("instance", local.file, local.name), operations[1:])
        else:
            yield from self._attribute(local, operations[0], operations[1:])

    def _attribute(self, local: Local, name: str, rest: Operations) -> Iterator[_Step | Origin]:
        key = (local.file, local.name)
        if name == ANY:
            for home, owner in self._ancestors(key):
                methods = (
                    self.reach.classes[home, owner].methods.values() if (home, owner) in self.reach.classes else ()
                )
                for scope_name in methods:
                    yield from self._defined(Local("function", home, scope_name), rest)
            return
        for ancestor in self._ancestors(key):
            method = self._member(*ancestor, name)
            scope = self.reach.scopes.get((ancestor[0], method)) if method else None
            if scope and scope.is_property:
                yield from self._returns(ancestor[0], scope.name, rest)
                return
            if method:
                yield from self._defined(Local("function", ancestor[0], method), rest)
                return
        family = dict.fromkeys((*self._ancestors(key), *self._related.get(key, [])))
        values = [v for file, owner in family for v in self._fields.get((file, owner, name), [])]
        values = values or self._any_fields.get(name, [])
        yield from ((value, local.file, rest) for value in values)
        if not values and keeps_object((name, *rest)):
            yield Local("instance", local.file, local.name)

    def _returns(self, file: str, scope_name: str, rest: Operations) -> Iterator[_Step | Origin]:
        scope = self.reach.scopes.get((file, scope_name))
        if scope is not None:
            yield from ((value, file, rest) for value in reversed(scope.returns))

    def _unknown(self, operations: Operations) -> Iterator[_Step | Origin]:
        """Follow an attribute of who knows what by its name alone."""
        name = operations[0] if operations else ""
        values = self._any_fields.get(name, []) if isinstance(name, str) else []
        methods = self.reach.methods.get(name, []) if isinstance(name, str) else []
        if 0 < len(values) <= _MOST_NAMESAKES:
            yield from ((value, "", operations[1:]) for value in values)
        elif not values and 0 < len(methods) <= _MOST_NAMESAKES:
            for file, method in methods:
                yield from self._defined(Local("function", file, method), operations[1:])
        else:
            yield Unknown()

    def _relate(self) -> None:
        for key in self.reach.classes:
            for ancestor in self._ancestors(key):
                if ancestor != key:
                    self._related.setdefault(ancestor, []).append(key)

    def _ancestors(self, key: tuple[str, str]) -> list[tuple[str, str]]:
        """Give the class itself and its bases in the source."""
        if key not in self._lineage:
            self._lineage[key] = [key]  # while it is looked up: a class may be among its own ancestors
            self._lineage[key] = self._ancestry(key)
        return self._lineage[key]

    def _ancestry(self, key: tuple[str, str]) -> list[tuple[str, str]]:
        keys = [key]
        for known in keys:
            for base in self._bases(known):
                for origin in self.trace(base, known[0]):
                    if isinstance(origin, Local) and (origin.file, origin.name) not in keys:
                        keys.append((origin.file, origin.name))
        return keys

    def _bases(self, key: tuple[str, str]) -> tuple[Term, ...]:
        found = self.reach.classes.get(key)
        return found.bases if found else ()

    def _member(self, file: str, owner: str, name: str) -> str | None:
        found = self.reach.classes.get((file, owner))
        return found.methods.get(name) if found else None

    def _pass_arguments(self) -> None:
        """Let the arguments of calls flow into the parameters of the functions called."""
        passed: set[tuple[int, str, str, str]] = set()
        open_calls = [(file, call) for file, _, call in self.calls()]
        for _ in range(_ROUNDS):
            before = len(passed)
            for file, call in open_calls:
                origins = self.callees[call] = self.trace(call.function, file)
                for origin in origins:
                    if isinstance(origin, Local):
                        self._bind(origin, call, file, passed)
            if len(passed) == before:
                break
            open_calls = [
                (file, call) for file, call in open_calls if not self.callees[call] or Unknown() in self.callees[call]
            ]

    def _fill(self, callee: Local, call: Call, file: str) -> None:
        """Let arguments flow into the fields of a class that has no `__init__`: a data class or the like."""
        found = self.reach.classes.get((callee.file, callee.name))
        names = found.fields if found else ()
        pairs = [*zip(names, call.arguments, strict=False), *(k for k in call.keywords if k[0] in names)]
        for name, value in pairs:
            here = Elsewhere(value, file)
            self._fields.setdefault((callee.file, callee.name, name), []).append(here)
            self._any_fields.setdefault(name, []).append(here)

    def _bind(self, callee: Local, call: Call, file: str, passed: set[tuple[int, str, str, str]]) -> None:
        home, name = callee.file, callee.name
        if callee.sort != "function":
            method = "__init__" if callee.sort == "class" else "__call__"
            members = [(key[0], m) for key in self._ancestors((home, name)) if (m := self._member(*key, method))]
            if not members:
                self._fill(callee, call, file)
                return
            home, name = members[0]
        scope = self.reach.scopes.get((home, name))
        if scope is None:
            return
        names = scope.parameters[1:] if scope.owner and not scope.is_static else scope.parameters
        pairs = [*zip(names, call.arguments, strict=False), *(k for k in call.keywords if k[0] in names)]
        for parameter, value in pairs:
            key = (id(value), home, name, parameter)
            if key not in passed:
                passed.add(key)
                store = Store(name, parameter, Elsewhere(value, file), -1, (), False)
                self._stores.setdefault((home, name, parameter), []).append(store)
