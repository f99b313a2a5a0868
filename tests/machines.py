"""Machines as far as the network goes: network namespaces of Linux, joined by a bridge, whose links can be cut."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from typing import Self


class Machines:
    """Each has an address of its own and no way to anything but the others. The first one holds the bridge."""

    def __init__(self) -> None:
        self._names: list[str] = []

    @staticmethod
    def refused() -> str:
        """Why there can be none here; empty where there can."""
        if shutil.which("ip") is None:
            return "iproute2, which makes network namespaces, is missing"
        with Machines() as machines:
            try:
                machines.add("one")
                machines.add("other")
            except subprocess.CalledProcessError as error:
                return f"no network namespaces can be made: {error.stderr.strip()}"
        return ""

    def __enter__(self) -> Self:
        """Nothing is there yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove all of them, with their links."""
        for name in reversed(self._names):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip("netns", "del", _space(name))

    def add(self, name: str) -> str:
        """Make a machine; its address."""
        space, number = _space(name), len(self._names) + 1
        address, first = f"10.213.77.{number}", _space(self._names[0]) if self._names else space
        _ip("netns", "add", space)
        self._names.append(name)
        _ip("-n", space, "link", "set", "lo", "up")
        if number == 1:
            _ip("-n", space, "link", "add", "bridge", "type", "bridge")
            _ip("-n", space, "link", "set", "bridge", "up")
            _ip("-n", space, "address", "add", f"{address}/24", "dev", "bridge")
            return address
        _ip("-n", space, "link", "add", "net", "type", "veth", "peer", "name", f"to{number}", "netns", first)
        _ip("-n", first, "link", "set", f"to{number}", "master", "bridge", "up")
        _ip("-n", space, "address", "add", f"{address}/24", "dev", "net")
        _ip("-n", space, "link", "set", "net", "up")
        return address

    def on(self, name: str, command: list[str]) -> list[str]:
        """A command that runs on a machine, as the process that is started."""
        return ["ip", "netns", "exec", _space(name), *command]

    def cut(self, name: str) -> None:
        """Take a machine's link down: nothing that is under way is told, and nothing comes any more."""
        _ip("-n", _space(name), "link", "set", "net", "down")


def _space(name: str) -> str:
    return f"autotweak-{os.getpid()}-{name}"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
