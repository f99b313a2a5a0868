"""What one file says: its scopes, classes and imports."""

from dataclasses import dataclass, field

from mlprojects.contract import notebook

from .terms import Call, Defined, FieldStore, Imported, Store, Term

MAIN = "<main>"  # the scope of what runs only if the file is run as a script; its variables are the module's


@dataclass
class Scope:
    """What happens in one function, at the module's top level (name "") or in its `__main__` part.

    `owner` is the class a method belongs to; `used` are the dotted names read, `attributes` all attribute
    names, `imports` the modules and names imported (`ANY` where that is made up when it runs), `decorated` what
    is defined with the dotted name of its decorator. One that `registers` puts what it is given into a collection
    that outlives it.
    """

    name: str
    parent: str | None
    parameters: tuple[str, ...] = ()
    owner: str = ""
    is_static: bool = False
    is_property: bool = False
    is_command: bool = False
    registers: bool = False
    line: int = 1
    calls: list[Call] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    fields: list[FieldStore] = field(default_factory=list)
    used: list[tuple[str, ...]] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    imports: list[tuple[str, int]] = field(default_factory=list)
    returns: list[Term] = field(default_factory=list)
    decorated: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


@dataclass(frozen=True)
class ClassFacts:
    """A class: its bases, the dotted names read for them, its methods as scope names, its annotated fields."""

    name: str
    bases: tuple[Term, ...]
    used: tuple[tuple[str, ...], ...]
    methods: dict[str, str]
    fields: tuple[str, ...]


@dataclass(frozen=True)
class ModuleFacts:
    """One file. `stars` are the modules imported with `*`, `strings` the short string literals.

    `definitions` gives for a scope and a name the functions, classes and imports bound to it, `implied` the
    names that are used as if they were imported.
    """

    path: str
    lines: tuple[str, ...]
    scopes: dict[str, Scope]
    classes: dict[str, ClassFacts]
    stars: tuple[str, ...]
    strings: frozenset[str]
    definitions: dict[tuple[str, str], list[Defined | Imported]]
    error: str | None
    error_line: int
    implied: tuple[str, ...] = ()

    def text(self, line: int) -> str:
        """Give a line of the file, stripped; a notebook's with the cell where it stands."""
        text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        return f"{text}  # {notebook.place(self.lines, line)}" if notebook.is_notebook(self.path) else text
