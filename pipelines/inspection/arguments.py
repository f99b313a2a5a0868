"""The arguments that a script cannot do without, read from its text before anything is made ready for it."""

import ast
from pathlib import Path

from .reading import read_source

_MAY_BE_LEFT_OUT = ("?", "*")


def required_arguments(root: Path, entry: str) -> tuple[str, ...]:
    """Give the arguments that argparse will demand when ``entry`` is run without any; () where that is not sure.

    Sure is: one parser in the script, its arguments added by name, and ``parse_args()`` without arguments, at the
    top level or in a function that the script calls.
    """
    source = read_source(root / entry)
    if source is None or source.error:
        return ()
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    names = [_name(call) for call in calls]
    parses = [call for call, name in zip(calls, names, strict=True) if name == "parse_args"]
    if names.count("ArgumentParser") != 1 or len(parses) != 1 or parses[0].args or parses[0].keywords:
        return ()
    if "add_subparsers" in names or "parse_known_args" in names or not _is_called(source.tree, parses[0]):
        return ()
    added = [call for call, name in zip(calls, names, strict=True) if name == "add_argument"]
    return tuple(name for call in added if (name := _required(call)))


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _required(call: ast.Call) -> str | None:
    """The name of an argument that has to be given."""
    flags = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    options = {word.arg: word.value for word in call.keywords}
    if not flags or len(flags) != len(call.args) or None in options:
        return None
    if flags[0].startswith("-"):
        required = options.get("required")
        return "/".join(flags) if isinstance(required, ast.Constant) and required.value is True else None
    action, nargs = options.get("action"), options.get("nargs")
    left_out = action is not None or (nargs is not None and not isinstance(nargs, ast.Constant))
    return None if left_out or (isinstance(nargs, ast.Constant) and nargs.value in _MAY_BE_LEFT_OUT) else flags[0]


def _is_called(tree: ast.Module, call: ast.Call) -> bool:
    """Tell whether a call stands at the top level, or in a function that is called by its name there."""
    for statement in tree.body:
        if call not in ast.walk(statement):
            continue
        if not isinstance(statement, ast.FunctionDef):
            return not isinstance(statement, ast.ClassDef | ast.AsyncFunctionDef)
        others = [node for other in tree.body if other is not statement for node in ast.walk(other)]
        return any(isinstance(node, ast.Call) and _name(node) == statement.name for node in others)
    return False
