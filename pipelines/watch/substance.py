"""What of a source a trial depends on: the meaning of its code, and its data; not comments or documentation."""

from __future__ import annotations

import ast
import hashlib
import tempfile
from functools import cache
from pathlib import Path

from mlprojects.contract import notebook
from pipelines.environments import FAMILY_OF, Environment
from pipelines.sources.source import fetch
from pipelines.watch.config import Repository

_DOCUMENTATION = (".md", ".rst", ".adoc")
_ABOUT_THE_REPOSITORY = {
    "license", "licence", "copying", "authors", "contributors", "codeowners", ".gitignore", ".gitattributes",
    ".editorconfig", ".pre-commit-config.yaml",
}  # fmt: skip


def substance(root: Path) -> str:
    """Digest of what a trial of the source at ``root`` depends on.

    Two commits with the same digest differ in comments, formatting, docstrings and documentation only. A file
    whose name stands in the code counts as data, whatever its kind.
    """
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    codes = {path: tree for path in files if (tree := _parsed(path)) is not None}
    named = {text for tree in codes.values() for text in _strings(tree)}
    digest = hashlib.sha256()
    for path in files:
        name = path.relative_to(root)
        if path in codes:
            content = _meaning(codes[path]).encode()
        elif _is_documentation(name) and not any(name.name in text for text in named):
            continue
        else:
            with path.open("rb") as handle:
                content = hashlib.file_digest(handle, "sha256").digest()
        digest.update(hashlib.sha256(str(name).encode()).digest() + hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def of_commit(repository: Repository, commit: str, cache: Path) -> str:
    """Digest of what a search of a commit depends on: the source, the owner's settings, and autotweak itself.

    Raises:
        SourceError: there is no such commit.
        PlatformError: the repository cannot be reached.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "source"
        fetch(repository.url, folder, cache, commit)
        parts = [
            substance(folder),
            repository.settings.model_dump_json(),
            *_images(),
        ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@cache
def _images() -> tuple[str, ...]:
    """What a search may run in; read once by a service, whatever the number of its pushes."""
    return tuple(Environment(name).image for name in FAMILY_OF)


def _parsed(path: Path) -> ast.Module | None:
    """The code of a script or notebook; None for anything else, and for what cannot be read."""
    try:
        if notebook.is_notebook(path.name):
            return ast.parse(notebook.convert(path.read_bytes()))
        return ast.parse(path.read_bytes()) if path.suffix == ".py" else None
    except (SyntaxError, ValueError, RecursionError, OSError):
        return None


def _strings(tree: ast.Module) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _meaning(tree: ast.Module) -> str:
    """The syntax tree without places, and without docstrings where nothing reads them."""
    if not any(isinstance(node, ast.Attribute | ast.Name) and _name(node) == "__doc__" for node in ast.walk(tree)):
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _documented(
                node
            ):
                node.body = node.body[1:]
    return ast.dump(tree, annotate_fields=False)


def _name(node: ast.Attribute | ast.Name) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def _documented(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return ast.get_docstring(node, clean=False) is not None


def _is_documentation(name: Path) -> bool:
    plain = name.name.lower()
    return name.suffix.lower() in _DOCUMENTATION or plain in _ABOUT_THE_REPOSITORY or name.stem.lower() == "license"
