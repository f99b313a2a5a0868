"""What a remote repository has now: its branches, asked with Git and nothing fetched."""

from __future__ import annotations

import contextlib
import os

import psutil

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

import git

from pipelines.errors import PlatformError

ANSWER_S = 60
"""How long a host may take to say what branches it has."""


def heads(url: str) -> dict[str, str]:
    """The commit of each branch.

    Raises:
        PlatformError: the repository does not answer, does not exist, or asks for a password.
    """
    command = git.Git()
    # A host that wants a password is one that says no: nobody is there to type it.
    command.update_environment(GIT_TERMINAL_PROMPT="0", GIT_SSH_COMMAND="ssh -o BatchMode=yes")
    try:
        git.Git.check_unsafe_protocols(url)
        found = str(command.ls_remote("--heads", "--", url, kill_after_timeout=ANSWER_S))
    except (git.CommandError, git.UnsafeProtocolError) as error:
        detail = str(getattr(error, "stderr", "") or error).strip().strip("'\"").splitlines()
        raise PlatformError(
            f"{url} cannot be asked for its branches: {detail[-1].strip() if detail else error}"
        ) from error
    pairs = (line.split("\t", 1) for line in found.splitlines() if "\t" in line)
    return {ref.removeprefix("refs/heads/"): commit for commit, ref in pairs}


def end_git() -> None:
    """End what this process has asked Git, with the helpers that wait for the host; drivers are left alone."""
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if child.name() == "git":
                    for process in (*child.children(recursive=True), child):
                        process.kill()
