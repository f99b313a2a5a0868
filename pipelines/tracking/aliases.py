"""Aliases of registered models, and the versions that they have named: a tag of the model remembers them.

The tag begins with what the alias names. Where it does not, somebody has moved the alias by hand, or a crash came
between the alias and the tag, which is written last: either way the tag begins with what the alias named before.
"""

from __future__ import annotations

from typing import Any

CHAMPION = "champion"
MOST_FORMER = 20


def tag_of(alias: str) -> str:
    """The tag that holds the versions that have had the alias, newest first."""
    return f"autotweak.{alias}_before"


def former_of(model: Any, alias: str) -> list[str]:
    """The versions that the alias of a registered model named before, newest first."""
    now = current(model, alias)
    return [version for version in _known(model, alias) if version != now]


def current(model: Any, alias: str) -> str | None:
    """The version that the alias names."""
    version = model.aliases.get(alias)
    return None if version is None else str(version)


def move(client: Any, name: str, alias: str, version: str) -> str | None:
    """Move the alias forward, and remember what it named.

    Returns:
        The version that it named before.
    """
    model = client.get_registered_model(name)
    now = current(model, alias)
    client.set_registered_model_alias(name, alias, version)
    _write(client, name, alias, version, ([now] if now else []) + former_of(model, alias))
    return now


def move_back(client: Any, name: str, alias: str, version: str, former: list[str]) -> None:
    """Move the alias back to ``version``; ``former`` are the versions before that one."""
    client.set_registered_model_alias(name, alias, version)
    _write(client, name, alias, version, former)


def note(client: Any, name: str, alias: str) -> bool:
    """Remember what the alias names now, where somebody has moved it by hand; whether that was so."""
    model = client.get_registered_model(name)
    now, known = current(model, alias), _known(model, alias)
    if now is None or now in known[:1]:
        return False
    _write(client, name, alias, now, known)
    return True


def _known(model: Any, alias: str) -> list[str]:
    return [version for version in model.tags.get(tag_of(alias), "").split(",") if version]


def _write(client: Any, name: str, alias: str, now: str, former: list[str]) -> None:
    known = [now, *(version for version in former if version != now)][: MOST_FORMER + 1]
    client.set_registered_model_tag(name, tag_of(alias), ",".join(known))
