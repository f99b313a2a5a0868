"""The relative paths that a script names: its strings, and what it joins out of them."""

from __future__ import annotations

import ast
from collections import Counter

LONGEST = 200
DEEPEST = 8
_JOINS = frozenset({"join", "joinpath"})
_PATHS = frozenset({"Path", "PurePath", "PosixPath"})


def named_paths(tree: ast.AST) -> set[str]:
    """Every string of a script that may be a relative path, ``os.path.join("data", "x.csv")`` put together."""
    assigned = [(node.targets, node.value) for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    names = [(targets[0].id, value) for targets, value in assigned if isinstance(targets[0], ast.Name)]
    times = Counter(name for name, _ in names)
    known: dict[str, str] = {}
    for name, value in names:  # in the order of the text, so that one may be made of another
        text = _text(value, known) if times[name] == 1 else None
        if text is not None:
            known[name] = text
    found = {text for node in ast.walk(tree) if isinstance(node, ast.expr) and (text := _text(node, known))}
    return {text for text in found if _is_plausible(text)}


def _text(node: ast.expr, known: dict[str, str], depth: int = 0) -> str | None:
    """The string that an expression gives; None where that cannot be read from the text."""
    if depth > DEEPEST:
        return None

    def texts(*parts: ast.expr) -> list[str | None]:
        return [_text(part, known, depth + 1) for part in parts]

    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return known.get(name)
        case ast.BinOp(left=left, op=ast.Div() | ast.Add() as op, right=right):
            return _joined(texts(left, right), "/" if isinstance(op, ast.Div) else "")
        case ast.JoinedStr(values=values):
            plain = [v.value if isinstance(v, ast.FormattedValue) else v for v in values]
            return _joined(texts(*plain), "")
        case ast.Call(func=ast.Attribute(value=base, attr="joinpath"), args=args):
            return _joined(texts(base, *args), "/")
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=args) if name in _JOINS | _PATHS and args:
            return _joined(texts(*args), "/")
    return None


def _joined(parts: list[str | None], between: str) -> str | None:
    """The parts as one path; what stands behind an unknown first part counts from where the script is."""
    if between and len(parts) > 1 and parts[0] is None:
        parts = parts[1:]
    if any(part is None for part in parts):
        return None
    text = between.join(part.rstrip("/") if between else part for part in parts if part)
    return text if len(text) <= LONGEST else None


def _is_plausible(text: str) -> bool:
    plain = text.isprintable() and text == text.strip() and "://" not in text and len(text) <= LONGEST
    return plain and not text.startswith(("/", "~")) and text.strip("./") != ""
