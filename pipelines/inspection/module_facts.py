"""One parsed file reduced to frozen facts: scopes, what they call, store, read and return."""

import ast
from collections.abc import Iterable

from .expressions import ExpressionReader, dotted
from .facts import MAIN, ClassFacts, ModuleFacts
from .implied import imply
from .reading import Source
from .terms import Call, Defined, Imported, Term

_COMMANDS = {"command", "automain", "main"}  # click, typer and sacred run what they decorate


def gather(path: str, source: Source) -> ModuleFacts:
    """Reduce a parsed file to its facts."""
    reader = _Reader()
    reader.block(source.tree.body)
    implied = () if reader.stars else imply(reader.scopes, reader.classes, source.lines)
    definitions: dict[tuple[str, str], list[Defined | Imported]] = {}
    for scope in reader.scopes.values():
        scope.used = list(dict.fromkeys(scope.used))
        for store in scope.stores:
            if isinstance(store.value, (Defined, Imported)):
                definitions.setdefault((store.scope, store.name), []).append(store.value)
    return ModuleFacts(
        path,
        source.lines,
        reader.scopes,
        reader.classes,
        tuple(reader.stars),
        frozenset(reader.strings),
        definitions,
        source.error,
        source.error_line,
        implied,
    )


class _Reader(ExpressionReader):
    """Walks the statements of a module in the order of the text."""

    def block(self, statements: Iterable[ast.stmt]) -> None:
        state = self.scope, self.class_name, self.path
        for statement in statements:
            try:
                self.statement(statement)
            except RecursionError:  # one statement too deep to read says nothing about the others
                self.scope, self.class_name, self.path = state

    def branch(self, statements: Iterable[ast.stmt], *, loop: bool = False) -> None:
        outside = self.path
        self.enter(loop)
        self.block(statements)
        self.path = outside

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.function(node)
            case ast.ClassDef():
                self.class_(node)
            case ast.Return(value=value):
                self.scope.returns.append(self.term(value))
            case ast.Assign(targets=targets, value=value):
                result = self.term(value)
                for target in targets:
                    self.bind(target, result)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.bind(target, self.term(value))
            case ast.AugAssign(target=target, value=value):
                self.bind(target, self.term(value), replaces=False)
            case ast.For() | ast.AsyncFor():
                values, outside = self.term(node.iter), self.path
                self.enter(loop=True)
                self.bind(node.target, values)
                self.block(node.body)
                self.path = outside
                self.branch(node.orelse)
            case ast.While():
                self.term(node.test)
                self.branch(node.body, loop=True)
                self.branch(node.orelse)
            case ast.If():
                self.if_(node)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    context = self.term(item.context_expr)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, context)
                self.block(node.body)
            case ast.Try() | ast.TryStar():
                self.branch([*node.body, *node.orelse])
                for handler in node.handlers:
                    self.branch(handler.body)
                self.block(node.finalbody)
            case ast.Match():
                self.term(node.subject)
                for arm in node.cases:
                    self.branch(arm.body)
            case ast.Import() | ast.ImportFrom():
                self.import_(node)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                home = "" if isinstance(node, ast.Global) else self.scope.parent or ""
                self.outer_names.setdefault(self.scope.name, {}).update(dict.fromkeys(names, home))
            case _:
                self.children(node)

    def if_(self, node: ast.If) -> None:
        if self.scope.name == "" and _is_main_guard(node.test):
            self.scope = self.scopes[MAIN]
            self.branch(node.body)
            self.scope = self.scopes[""]
        else:
            self.term(node.test)
            if not (isinstance(node.test, ast.Constant) and not node.test.value):
                self.branch(node.body)
        self.branch(node.orelse)

    def import_(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                name = alias.name
                bound = alias.asname or name.split(".")[0]
                value = name if alias.asname else bound
            else:
                start = "." * node.level + (node.module or "")
                if alias.name == "*":
                    self.scope.imports.append((start, node.lineno))
                    self.stars.append(start)
                    continue
                name = value = start + ("" if start.endswith(".") else ".") + alias.name
                bound = alias.asname or alias.name
            self.scope.imports.append((name, node.lineno))
            self.store(bound, Imported(value))

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        marks = [_last_name(decorator) for decorator in node.decorator_list]
        decorators = [self.term(decorator) for decorator in node.decorator_list]
        scope = self.new_scope(node.name, node.args, node.lineno, self.class_name)
        scope.is_static = "staticmethod" in marks
        scope.is_property = "property" in marks or "cached_property" in marks
        scope.is_command = bool(_COMMANDS & set(marks))
        if scope.owner and "setter" in marks:
            self.classes[scope.owner].methods.setdefault(node.name, scope.name)
        elif scope.owner:
            self.classes[scope.owner].methods[node.name] = scope.name
        else:
            self.define(node, Defined(scope.name, "function"), decorators)
        self.inside(scope, lambda: self.block(node.body))

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, it: Defined, by: list[Term]) -> None:
        """Bind what is defined, and read its decorators as calls that are given it: one may put it into a registry."""
        self.store(node.name, it)
        for decorator, term in zip(node.decorator_list, by, strict=True):
            self.scope.calls.append(Call(term, (it,), (), decorator.lineno))
            self.scope.decorated.append((node.name, dotted(decorator)))

    def class_(self, node: ast.ClassDef) -> None:
        decorators = [self.term(decorator) for decorator in node.decorator_list]
        read_before = self.scope.used
        self.scope.used = []
        bases = tuple(self.term(base) for base in node.bases)
        used, self.scope.used = tuple(self.scope.used), read_before
        name = node.name if node.name not in self.classes else f"{node.name}@{node.lineno}"
        annotated = [part.target for part in node.body if isinstance(part, ast.AnnAssign)]
        fields = tuple(target.id for target in annotated if isinstance(target, ast.Name))
        self.classes[name] = ClassFacts(name, bases, used, {}, fields)
        if not self.class_name:
            self.define(node, Defined(name, "class"), decorators)
        outside, self.class_name = self.class_name, name
        self.block(node.body)
        self.class_name = outside


def _is_main_guard(test: ast.expr) -> bool:
    names = {n.id for n in ast.walk(test) if isinstance(n, ast.Name)}
    texts = {n.value for n in ast.walk(test) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return "__name__" in names and "__main__" in texts


def _last_name(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
