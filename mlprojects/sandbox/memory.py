"""Whether the kernel has killed a process of this sandbox for want of memory: the counters of its control group."""

from __future__ import annotations

import re
from pathlib import Path

PROCESS = Path("/proc/self/cgroup")
MOUNTED = Path("/sys/fs/cgroup")


def oom_kills(process: Path = PROCESS, mounted: Path = MOUNTED) -> int | None:
    """How often the kernel has killed for want of memory in this control group; None where that is not told.

    A container sees its own group at the root of the mount, a local process its group below it.

    Args:
        process: the file that names this process's groups, in version 1 and 2 of the interface.
        mounted: where the groups are mounted.
    """
    try:
        lines = process.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    groups = {line.split(":", 2)[1]: line.split(":", 2)[2].lstrip("/") for line in lines if line.count(":") >= 2}
    memory = next((group for names, group in groups.items() if "memory" in names.split(",")), None)
    places = [(mounted / "memory", memory, "memory.oom_control")] if memory is not None else []
    places += [(mounted, groups[""], "memory.events")] if "" in groups else []
    for root, group, name in places:
        for folder in (root / group, root):
            try:
                found = re.search(r"^oom_kill (\d+)$", (folder / name).read_text(encoding="utf-8"), re.MULTILINE)
            except OSError:
                continue
            if found:
                return int(found[1])
    return None
