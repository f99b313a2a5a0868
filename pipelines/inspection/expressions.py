"""Expressions read into terms, noting what they call, read and store."""

import ast
from collections.abc import Callable, Iterator
from typing import TypeVar

from .facts import MAIN, ClassFacts, Scope
from .terms import ANY, OPAQUE, Attribute, Call, Defined, FieldStore, Group, Imported, Read, Store, Term

_GROWING = {"append", "insert", "extend", "update", "setdefault"}
_IMPORTERS = {"__import__", "import_module", "import_string", "locate"}  # by name: importlib, werkzeug, pydoc
_Result = TypeVar("_Result")


class ExpressionReader:
    """Reads expressions and binds names, in the order of the text, within the scope that is open."""

    def __init__(self) -> None:
        """Open the scope of the module's top level."""
        self.scope = Scope("", None)
        self.scopes = {"": self.scope, MAIN: Scope(MAIN, "")}
        self.classes: dict[str, ClassFacts] = {}
        self.stars: list[str] = []
        self.strings: set[str] = set()
        self.class_name = ""  # the class whose body is being read
        self.path: tuple[int, ...] = ()
        self.order = 0
        self.blocks = 0
        self.outer_names: dict[str, dict[str, str]] = {}  # scope -> names declared global or nonlocal

    def new_scope(self, name: str, arguments: ast.arguments, line: int, owner: str = "") -> Scope:
        """Add a scope with its parameters; their defaults are read outside of it."""
        home = owner or ("" if self.scope.name == MAIN else self.scope.name)
        full = f"{home}.{name}" if home else name
        if full in self.scopes:
            full = f"{full}@{line}.{self.blocks}.{len(self.scopes)}"
        parameters = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        keyword_only = [a.arg for a in arguments.kwonlyargs]
        parent = "" if self.scope.name == MAIN else self.scope.name
        scope = Scope(full, parent, (*parameters, *keyword_only), owner, line=line)
        self.scopes[full] = scope
        tail = parameters[len(parameters) - len(arguments.defaults) :]
        defaults = list(zip(tail, arguments.defaults, strict=False))
        defaults += [(n, d) for n, d in zip(keyword_only, arguments.kw_defaults, strict=True) if d is not None]
        for name_of, default in defaults:
            scope.stores.append(Store(full, name_of, self.term(default), -1, (), False))
        if owner and parameters:
            scope.stores.append(Store(full, parameters[0], Defined(owner, "instance"), -1, (), False))
        return scope

    def inside(self, scope: Scope, read: Callable[[], _Result]) -> _Result:
        """Do something as if at the beginning of `scope`."""
        saved = self.scope, self.class_name, self.path
        self.scope, self.class_name, self.path = scope, "", ()
        result = read()
        self.scope, self.class_name, self.path = saved
        return result

    def bind(self, target: ast.expr, value: Term, *, replaces: bool = True) -> None:
        """Note a value stored in a target, part by part where both are written out."""
        match target:
            case ast.Name(id=name):
                self.store(name, value, replaces=replaces)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                paired = isinstance(value, Group) and len(value.members) == len(targets)
                for index, part in enumerate(targets):
                    self.bind(part, value.members[index] if paired and isinstance(value, Group) else value)
            case ast.Starred(value=inner):
                self.bind(inner, value, replaces=replaces)
            case ast.Attribute(value=base, attr=name):
                self.term(base)
                if value is not OPAQUE:
                    self.scope.fields.append(FieldStore(self.owner_of(base), name, value))
            case ast.Subscript(value=base):
                self.term(target)
                self.put_into(base, value)

    def put_into(self, collection: ast.expr, value: Term) -> None:
        """Note a value put into a collection, which may be a variable of a scope around the open one."""
        members = value.members if isinstance(value, Group) else (value,)
        given = any(isinstance(member, Read) and member.name in self.scope.parameters for member in members)
        if isinstance(collection, ast.Name) and not self.class_name:
            holder = self.holder(collection.id)
            self.scope.registers |= given and holder is not self.scope
            self.store(collection.id, value, replaces=False, home="" if holder.name == MAIN else holder.name)
        else:
            self.scope.registers |= given and isinstance(collection, ast.Attribute)
            self.bind(collection, value, replaces=False)

    def holder(self, name: str) -> Scope:
        """Give the scope, among the open one and those around it, where a variable has been made: else the open one."""
        scope = None if name in self.outer_names.get(self.scope.name, {}) else self.scope
        while scope is not None:
            own = "" if scope.name == MAIN else scope.name
            if name in scope.parameters or any(s.name == name and s.scope == own for s in scope.stores):
                return scope
            scope = self.scopes[scope.parent] if scope.parent is not None else None
        return self.scopes[self.home(name)] if self.scope.name != MAIN else self.scope

    def owner_of(self, base: ast.expr) -> str:
        """Give the class whose `self` the expression is, or ""."""
        own = self.scope.owner and self.scope.parameters[:1] and not self.scope.is_static
        is_self = own and isinstance(base, ast.Name) and base.id == self.scope.parameters[0]
        return self.scope.owner if is_self else ""

    def store(self, name: str, value: Term, *, replaces: bool = True, home: str | None = None) -> None:
        """Note a value stored in a name (of the scope `home`); in a class body that is a field of the class."""
        if self.class_name:
            self.scope.fields.append(FieldStore(self.class_name, name, value))
            return
        self.order += 1
        home, own = self.home(name) if home is None else home, "" if self.scope.name == MAIN else self.scope.name
        self.scope.stores.append(Store(home, name, value, self.order, self.path, replaces and home == own, home != own))

    def home(self, name: str) -> str:
        """Give the scope a name belongs to, by `global` and `nonlocal` another than the open one."""
        scope = "" if self.scope.name == MAIN else self.scope.name
        return self.outer_names.get(self.scope.name, {}).get(name, scope)

    def enter(self, loop: bool) -> None:
        """Open a block of statements; the caller closes it by setting `path` back."""
        self.blocks += 1
        self.path = (*self.path, -self.blocks if loop else self.blocks)

    def term(self, node: ast.expr | None) -> Term:
        """Reduce an expression, noting every call and every name read in it."""
        match node:
            case None:
                return OPAQUE
            case ast.Name(id=name):
                self.scope.used.append((name,))
                self.order += 1
                return Read(self.home(name), name, self.order, self.path)
            case ast.Attribute(value=base, attr=name):
                self.scope.attributes.add(name)
                names = dotted(node)
                if names:
                    self.scope.used.append(names)
                return Attribute(self.term(base), name)
            case ast.Call(func=ast.Name(id="getattr"), args=[base, name, *default]):
                member = self.term(ast.Attribute(base, self.name_in(name), ast.Load()))
                return Group((member, *map(self.term, default))) if default else member
            case ast.Call(func=ast.Name(id="eval"), args=[code, *_]):
                return self.evaluated(node, code)
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[name, *_]) if (
                called in _IMPORTERS
            ):
                return self.imported(name)
            case ast.Call():
                return self.call(node)
            case ast.Constant(value=value):
                if isinstance(value, str) and 0 < len(value) <= 200:
                    self.strings.add(value)
                return OPAQUE
            case ast.Tuple(elts=members) | ast.List(elts=members) | ast.Set(elts=members):
                return Group(tuple(self.term(member) for member in members))
            case ast.Dict(keys=keys, values=members):
                return Group(tuple(self.term(member) for member in (*keys, *members) if member is not None))
            case ast.BoolOp(values=members):
                return Group(tuple(self.term(member) for member in members))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.term(test)
                return Group((self.term(body), self.term(orelse)))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return Group((self.term(left), self.term(right)))
            case ast.Subscript(value=ast.Call(func=ast.Name(id="globals" | "locals" | "vars"), args=[]), slice=index):
                return self.term(ast.Name(self.name_in(index), ast.Load()))
            case ast.Subscript(value=base, slice=index):
                self.term(index)
                return self.term(base)
            case ast.Starred(value=inner) | ast.Await(value=inner):
                return self.term(inner)
            case ast.Yield(value=inner) | ast.YieldFrom(value=inner):
                self.scope.returns.append(self.term(inner))
                return OPAQUE
            case ast.NamedExpr(target=target, value=inner):
                result = self.term(inner)
                self.bind(target, result)
                return result
            case ast.Lambda():
                scope = self.new_scope(f"<lambda {node.lineno}>", node.args, node.lineno)
                scope.returns.append(self.inside(scope, lambda: self.term(node.body)))
                self.scope.used.append((scope.name,))
                return Defined(scope.name, "function")
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self.comprehension(node.generators, (node.elt,))
            case ast.DictComp():
                return self.comprehension(node.generators, (node.key, node.value))
        self.children(node)
        return OPAQUE

    def name_in(self, node: ast.expr) -> str:
        """Give the name that an expression holds, `ANY` where it is made up when the script runs."""
        self.term(node)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ANY

    def evaluated(self, node: ast.Call, code: ast.expr) -> Term:
        """Read `eval`: the code if it is written out, else whatever the module defines."""
        try:
            text = code.value if isinstance(code, ast.Constant) else ""
            tree = ast.parse(text, mode="eval").body if isinstance(text, str) else code
        except (SyntaxError, ValueError):
            self.scope.imports.append((ANY, node.lineno))
            return Group((self.call(node), self.term(ast.Name(ANY, ast.Load()))))
        return self.term(ast.increment_lineno(tree, node.lineno - 1))

    def imported(self, node: ast.expr) -> Term:
        """Read an import by a name in a string, of which only the beginning may be written out."""
        self.term(node)
        start, whole = _written(node)
        name = start if whole else start + ANY if start.endswith(".") else ANY
        self.scope.imports.append((name, node.lineno))
        return OPAQUE if name == ANY else Imported(name)

    def call(self, node: ast.Call) -> Call:
        """Note a call; one that puts something into a collection stores it there as well."""
        function = self.term(node.func)
        call = Call(
            function,
            tuple(self.term(argument) for argument in node.args),
            tuple((keyword.arg or "", self.term(keyword.value)) for keyword in node.keywords),
            node.lineno,
            tuple(_constants(node)),
            tuple(_keys(node)),
        )
        self.scope.calls.append(call)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _GROWING:
            self.put_into(node.func.value, Group(call.values))
        return call

    def comprehension(self, generators: list[ast.comprehension], elements: tuple[ast.expr, ...]) -> Term:
        """Read a comprehension; its variables are taken for the scope's own."""
        outside = self.path
        for generator in generators:
            values = self.term(generator.iter)
            self.enter(loop=True)
            self.bind(generator.target, values)
            for condition in generator.ifs:
                self.term(condition)
        result = Group(tuple(self.term(element) for element in elements))
        self.path = outside
        return result

    def children(self, node: ast.AST) -> None:
        """Read all expressions below a node."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.term(child)
            elif not isinstance(child, (ast.expr_context, ast.operator)):
                self.children(child)


def _constants(node: ast.Call) -> Iterator[tuple[str, str | bool | None]]:
    places = [(str(place), value) for place, value in enumerate(node.args)]
    for name, value in [*places, *((keyword.arg or "", keyword.value) for keyword in node.keywords)]:
        if isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, str | bool)):
            yield name, value.value


def _keys(node: ast.Call) -> Iterator[tuple[str, str]]:
    for place, value in enumerate(node.args):
        index = value.slice if isinstance(value, ast.Subscript) else None
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            yield str(place), index.value


def _written(node: ast.expr) -> tuple[str, bool]:
    """Give the text an expression begins with, and whether that is all of it."""
    match node:
        case ast.Constant(value=str(text)):
            return text, True
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *rest]):
            return text, not rest
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod()):
            return _written(left)[0].partition("%")[0], False
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return text.partition("{")[0], False
    return "", False


def dotted(node: ast.expr) -> tuple[str, ...]:
    """Give the names of `a.b.c`, also where that is called; () for any other expression."""
    names: list[str] = []
    node = node.func if isinstance(node, ast.Call) else node
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()
