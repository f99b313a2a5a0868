"""Where the code comes from: a folder, one script, a Git repository at a commit, or a built-in project."""

from __future__ import annotations

import ast
import hashlib
import io
import os
import re
import shutil
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # a machine without Git still trains folders and scripts

import git

from mlprojects.contract import notebook
from mlprojects.contract.paths import named_paths
from pipelines.environments import ROOT
from pipelines.errors import SourceError, UsageError, without_password
from pipelines.sources.mirrors import mirror, name_of
from pipelines.sources.s3 import download

LEFT_OUT = (".git", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints", "mlruns", ".mypy_cache")
TRAINERS = ROOT / "mlprojects" / "trainers"
FAMILIES = ("sklearn", "keras")
DATA_SETS = ("breast_cancer", "digits", "wine")
_URL = re.compile(r"^(https?|ssh|git|file)://|^[\w.-]+@[\w.-]+:")


@dataclass(frozen=True)
class Source:
    """A pinned source: its files are in the spool's ``source`` folder."""

    given: str
    """What the user wrote, made absolute where it is a path."""
    name: str
    entry: str | None = None
    """The script, where the user named one."""
    commit: str | None = None
    digest: str = ""
    """Of the content of all files."""
    argv: tuple[str, ...] = ()
    """Arguments of a built-in project."""
    branch: str = ""
    author: str = ""
    """Name and address, as the commit has them."""
    subject: str = ""
    """First line of the commit's message."""

    @property
    def pinned(self) -> str:
        """What to write to get these very files again."""
        return f"{self.given}@{self.commit}" if self.commit else self.given


@dataclass(frozen=True)
class _Request:
    place: str
    ref: str | None


def fetch(given: str, into: Path, cache: Path, ref: str | None = None, target_column: str = "") -> Source:
    """Copy the source into the folder ``into``.

    Args:
        given: a folder, a ``.py`` or ``.ipynb`` file, a Git URL or a repository's path; ``@REF`` or ``#REF``
            (branch, tag or commit) may stand behind a repository. ``sklearn:DATA`` or ``keras:DATA`` is the built-in
            project of that family on a named data set or a CSV or Parquet file, which may be ``s3://BUCKET/KEY``.
        into: a folder that does not exist yet, or is empty.
        cache: where mirrors of repositories are kept.
        ref: as ``@REF``.
        target_column: the column of a built-in project's table that holds the class; empty: the last.

    Raises:
        UsageError: there is nothing at ``given``.
        SourceError: the repository is empty or has no such ref.
        PlatformError: the repository cannot be reached.
    """
    family, found, data = given.partition(":")
    if found and family in FAMILIES:
        source = _from_builtin(family, data, target_column, into)
        return replace(source, digest=tree_digest(into))
    request = _parse(given, ref)
    path = Path(request.place).expanduser()
    if _URL.match(request.place) is None:
        if not path.exists():
            raise UsageError(f"{given}: no such folder, script or repository; give a path or a Git URL")
        if _is_bare(path) or (request.ref is not None and (path / ".git").exists()):
            source = _from_git(replace(request, place=str(path.resolve())), into, cache)
        elif request.ref is not None:
            raise UsageError(f"{given}: only a Git repository has a ref, and {path} is none")
        else:
            source = _from_local(path.resolve(), into)
    else:
        source = _from_git(request, into, cache)
    return replace(source, digest=tree_digest(into))


def _from_local(path: Path, into: Path) -> Source:
    try:
        return _from_script(path, into) if path.is_file() else _from_folder(path, into)
    except shutil.Error as error:
        where, _, why = error.args[0][0]
        raise SourceError(f"{where} cannot be copied: {why}") from error
    except OSError as error:
        raise SourceError(f"{error.filename or path} cannot be copied: {error.strerror}") from error


def _parse(given: str, ref: str | None) -> _Request:
    if ref is not None or Path(given).expanduser().exists():
        return _Request(given, ref)
    for mark in ("#", "@"):
        place, found, name = given.rpartition(mark)
        # The @ of git@host:path and of user@host belongs to the address, not to a ref.
        address = mark == "@" and (":" in name or ("//" in place and "/" not in place.split("//", 1)[1]))
        known = bool(found) and (bool(_URL.match(place)) or Path(place).expanduser().exists())
        if known and not address and name:
            return _Request(place, name)
    return _Request(given, None)


def _is_bare(path: Path) -> bool:
    return path.is_dir() and (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()


def _from_folder(path: Path, into: Path) -> Source:
    if not any(path.iterdir()):
        raise SourceError(f"{path} is empty; expected a folder with a training script")
    named = shutil.ignore_patterns(*LEFT_OUT)

    def ignore(folder: str, names: list[str]) -> set[str]:
        """What is named above; autotweak's own home and links to a folder around: they would be copied without end."""
        here = Path(folder)
        around = {_real(place) for place in (here, *here.parents)}
        links = {name: _real(here / name) for name in names if (here / name).is_symlink()}
        back = {name for name, target in links.items() if any(place.is_relative_to(target) for place in around)}
        home = {name for name in names if into.resolve().is_relative_to(here / name)}
        return named(folder, names) | home | back

    shutil.copytree(path, into, ignore=ignore, ignore_dangling_symlinks=True, dirs_exist_ok=True)
    source, pushed = Source(str(path), path.name), _clean_commit(path)
    return source if pushed is None else _at(source, *pushed)


def _real(path: Path) -> Path:
    """The path without links; a link to itself, which `resolve` refuses, stays."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _clean_commit(path: Path) -> tuple[git.Commit, str] | None:
    """The commit and the branch of a work tree without changes; None where the folder is not exactly a commit."""
    try:
        repository = git.Repo(path, search_parent_directories=False)
        ignored = repository.git.ls_files("--others", "--ignored", "--exclude-standard", "--directory", "-z").split(
            "\0"
        )
        copied = [name for name in ignored if name and not set(Path(name).parts) & set(LEFT_OUT)]
        if copied or repository.is_dirty(untracked_files=True):
            return None
        return repository.head.commit, "" if repository.head.is_detached else repository.active_branch.name
    except (git.InvalidGitRepositoryError, git.NoSuchPathError, ValueError):
        return None


def _at(source: Source, commit: git.Commit, branch: str) -> Source:
    author = f"{commit.author.name or ''} <{commit.author.email or ''}>"
    return replace(source, commit=commit.hexsha, branch=branch, author=author, subject=str(commit.summary))


def _from_script(path: Path, into: Path) -> Source:
    """One script with what it names: local modules that it imports, and files or folders in its strings."""
    if path.suffix not in (".py", ".ipynb"):
        raise UsageError(
            f"{path} is neither a Python script nor a notebook; give a .py or .ipynb file, a folder or a Git URL"
        )
    into.mkdir(parents=True, exist_ok=True)
    todo, seen = [path], {path}
    while todo:
        file = todo.pop()
        _copy(file, path.parent, into)
        for mentioned in sorted(_mentioned(file, path.parent) - seen):
            seen.add(mentioned)
            if mentioned.suffix == ".py" and mentioned.is_file():
                todo.append(mentioned)
            else:
                _copy(mentioned, path.parent, into)
    settings = path.parent / "autotweak.yaml"
    if settings.is_file():
        _copy(settings, path.parent, into)
    return Source(str(path), path.stem, entry=path.name)


def _copy(file: Path, root: Path, into: Path) -> None:
    target = into / file.relative_to(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.is_dir():
        ignore = shutil.ignore_patterns(*LEFT_OUT)
        shutil.copytree(file, target, ignore=ignore, ignore_dangling_symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(file, target)


def _mentioned(file: Path, root: Path) -> set[Path]:
    """Files and folders below ``root`` that a script imports or names in a string."""
    try:
        data = file.read_bytes()
        tree = ast.parse(notebook.convert(data) if notebook.is_notebook(file.name) else data)
    except (SyntaxError, ValueError, RecursionError):
        return set()
    found: set[Path] = set().union(*(_below(root, text.split("*")[0]) for text in named_paths(tree)))
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=module, names=names, level=level):
                package = file.relative_to(root).parent.parts
                # `from .x import y` in package/part.py means package.x.
                front = list(package[: len(package) - level + 1]) if level else []
                base = ".".join([*front, *([module] if module else [])])
                modules = [*([base] if base else []), *(f"{base}.{a.name}" if base else a.name for a in names)]
            case _:
                continue
        for name in modules:
            parts = name.split(".")
            for end in range(1, len(parts) + 1):  # importing a.b runs a/__init__.py as well
                base = "/".join(parts[:end])
                found |= _below(root, f"{base}.py") | _below(root, f"{base}/__init__.py")
    return found


def _below(root: Path, text: str) -> set[Path]:
    try:
        path = (root / text).resolve()
        inside = path != root and path.is_relative_to(root) and path.exists()
    except (OSError, ValueError):
        return set()
    return {path} if inside else set()


def _from_builtin(family: str, data: str, target_column: str, into: Path) -> Source:
    argument, name, pinned = data, data, data
    ignore = shutil.ignore_patterns("__pycache__", "__init__.py")
    shutil.copytree(TRAINERS, into, ignore=ignore, dirs_exist_ok=True)
    if data not in DATA_SETS:
        path = Path(data).expanduser()
        remote = data.startswith("s3://")
        if path.suffix not in (".csv", ".parquet") or not (remote or path.is_file()):
            raise UsageError(f"{data}: not one of {', '.join(DATA_SETS)}, and no CSV or Parquet file")
        (into / "data").mkdir()
        name, argument, pinned = path.stem, f"data/{path.name}", data if remote else str(path.resolve())
        if remote:
            download(data, into / "data")
        else:
            shutil.copy2(path, into / argument)
    argv = ("--data", argument, "--target-column", target_column)
    pinned = f"{family}:{pinned}"
    return Source(pinned, f"{family}-{name}", entry=f"train_{family}.py", argv=argv)


def _from_git(request: _Request, into: Path, cache: Path) -> Source:
    with mirror(request.place, request.ref, cache) as repository:
        source, archive = _archived(request, repository)
    into.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=archive) as tar:
        try:
            tar.extractall(into, filter="data")
        except tarfile.FilterError as error:
            raise SourceError(f"{request.place}: {error}; remove it from the repository") from error
    return source


def _archived(request: _Request, repository: git.Repo) -> tuple[Source, io.BytesIO]:
    """The source at the commit asked for, and its files as a tar."""
    if not repository.heads and not repository.tags:
        raise SourceError(f"{request.place} is an empty repository; push a commit with a training script")
    try:
        commit = repository.commit(request.ref or "HEAD")
        source = _at(
            Source(without_password(request.place), name_of(request.place)),
            commit,
            _branch_of(repository, request.ref, commit),
        )
    except (git.BadName, git.BadObject, ValueError, IndexError) as error:
        known = ", ".join(head.name for head in list(repository.heads)[:5])
        raise SourceError(f"{request.place} has no branch, tag or commit {request.ref!r}; branches: {known}") from error
    archive = io.BytesIO()
    repository.archive(archive, treeish=commit.hexsha)
    archive.seek(0)
    return source, archive


def _branch_of(repository: git.Repo, ref: str | None, commit: git.Commit) -> str:
    """The branch asked for, or the one whose newest commit was: a push is fetched by its commit."""
    default = "" if repository.head.is_detached else repository.active_branch.name
    if ref is None or ref in [head.name for head in repository.heads]:
        return ref or default
    newest = [head.name for head in repository.heads if ref == commit.hexsha and head.commit == commit]
    return default if default in newest else min(newest, default="")


def tree_digest(root: Path) -> str:
    """Digest of the names and contents of all files below ``root``."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            digest.update(str(path.relative_to(root)).encode() + b"\0")
            with path.open("rb") as handle:
                digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()[:16]
