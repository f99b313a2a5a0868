"""Aliases of registered models, and the versions that they named before: a tag of the model remembers them.

The tag is written first, then the alias moves. After a crash between the two, the tag names the version that the alias
still names; it is then skipped.
"""

from __future__ import annotations

from typing import Any

CHAMPION = "champion"
MOST_FORMER = 20


def tag_of(alias: str) -> str:
    """The tag that holds the versions before this one, newest first."""
    return f"autotweak.{alias}_before"


def remembered(former: list[str], now: str | None, new: str) -> list[str]:
    """The former versions once the alias has moved from ``now`` to ``new``."""
    if now is None or now == new:
        return former
    return [now, *(version for version in former if version != now)][:MOST_FORMER]


def former_of(model: Any, alias: str) -> list[str]:
    """The versions that the alias of a registered model named before, newest first."""
    now = current(model, alias)
    return [version for version in model.tags.get(tag_of(alias), "").split(",") if version and version != now]


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
    _write(client, name, alias, remembered(former_of(model, alias), now, version))
    client.set_registered_model_alias(name, alias, version)
    return now


def move_back(client: Any, name: str, alias: str, version: str, former: list[str]) -> None:
    """Move the alias back to ``version``; ``former`` are the versions before that one."""
    client.set_registered_model_alias(name, alias, version)
    _write(client, name, alias, former)


def _write(client: Any, name: str, alias: str, former: list[str]) -> None:
    client.set_registered_model_tag(name, tag_of(alias), ",".join(former))
