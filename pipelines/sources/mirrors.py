"""Bare mirrors of remote repositories, one per address: a commit that was fetched once is not asked for again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

import git
from filelock import FileLock

from pipelines.errors import PlatformError

EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
DETACHED = "refs/autotweak/head"
ASK_S, FETCH_S = 60, 1800
"""What a remote may take to answer, and to send all that it has."""
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def name_of(address: str) -> str:
    """The last part of a repository's address."""
    return re.split(r"[/:]", address.rstrip("/"))[-1].removesuffix(".git") or "source"


@contextlib.contextmanager
def mirror(address: str, ref: str | None, cache: Path) -> Iterator[git.Repo]:
    """The mirror of a repository, as the repository is now; nobody else changes it meanwhile.

    Nothing is asked for where ``ref`` is a whole commit that is there: a commit never changes. The address is not kept
    in the mirror: it may hold a password.

    Args:
        address: what Git fetches from.
        ref: what is wanted of it; None: its ``HEAD``.
        cache: where mirrors are kept.

    Raises:
        PlatformError: the repository cannot be reached.
    """
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"{name_of(address)}-{hashlib.sha256(address.encode()).hexdigest()[:12]}.git"
    with FileLock(f"{folder}.lock"):
        try:
            repository = _current(address, ref, folder)
        except (git.CommandError, git.UnsafeProtocolError) as error:
            detail = str(getattr(error, "stderr", "") or error).strip().splitlines()[-1].strip(" '\"")
            raise PlatformError(f"{address} cannot be fetched: {detail}; check the address and the access") from error
        with repository:
            yield repository


def _current(address: str, ref: str | None, folder: Path) -> git.Repo:
    git.Git.check_unsafe_protocols(address)
    known = (folder / "HEAD").exists()
    repository = git.Repo(folder) if known else git.Repo.init(folder, bare=True)
    if ref is not None and _COMMIT.fullmatch(ref) and _has(repository, ref):
        return repository
    try:
        _fetch(repository, address, ref)
    except git.GitCommandError:
        if not known or _sound(repository):
            raise
        repository.close()
        shutil.rmtree(folder)
        return _current(address, ref, folder)
    return repository


def _fetch(repository: git.Repo, address: str, ref: str | None) -> None:
    repository.git.update_environment(GIT_TERMINAL_PROMPT="0")
    if ref is not None and _COMMIT.fullmatch(ref):
        repository.git.fetch("--quiet", "--prune", "--", address, *EVERYTHING, kill_after_timeout=FETCH_S)
        return
    said = str(repository.git.ls_remote("--symref", "--", address, "HEAD", kill_after_timeout=ASK_S))
    branch = re.search(r"^ref: (\S+)\tHEAD$", said, re.MULTILINE)
    commit = re.search(r"^([0-9a-f]+)\tHEAD$", said, re.MULTILINE)
    detached = [f"+HEAD:{DETACHED}"] if commit and not branch else []
    repository.git.fetch("--quiet", "--prune", "--", address, *EVERYTHING, *detached, kill_after_timeout=FETCH_S)
    if branch:
        repository.git.symbolic_ref("HEAD", branch[1])
    elif commit:
        repository.git.update_ref("--no-deref", "HEAD", commit[1])


def _has(repository: git.Repo, commit: str) -> bool:
    """Whether a commit is there with all its files."""
    return _succeeds(repository, "rev-list", "--objects", "--max-count=1", "--quiet", commit)


def _sound(repository: git.Repo) -> bool:
    return _succeeds(repository, "fsck", "--connectivity-only", "--no-dangling")


def _succeeds(repository: git.Repo, *command: str) -> bool:
    try:
        repository.git.execute(["git", *command])
    except git.GitCommandError:
        return False
    return True
