"""The kernel's counters of processes that it has killed for want of memory."""

import pytest

from mlprojects.sandbox.memory import oom_kills

V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"
V2 = "low 0\noom 1\noom_kill 4\noom_group_kill 0\n"


@pytest.mark.parametrize(
    ("process", "file", "text", "kills"),
    [
        ("9:memory:/docker/ab\n1:name=systemd:/\n0::/x\n", "memory/memory.oom_control", V1, 3),
        ("9:memory:/user/me\n", "memory/user/me/memory.oom_control", V1, 3),
        ("0::/\n", "memory.events", V2, 4),
        ("0::/user.slice/me.scope\n", "user.slice/me.scope/memory.events", V2, 4),
        ("0::/\n", "memory.stat", "anon 1\n", None),
        ("", "memory.events", V2, None),
    ],
    ids=["v1 in a container", "v1", "v2 in a container", "v2", "no counter", "no group"],
)
def test_both_versions_inside_and_outside_of_containers(make_files, tmp_path, process, file, text, kills):
    """In a container the group is at the root of the mount; where nothing is told, nothing is made up."""
    root = make_files(tmp_path, {"cgroup": process, f"mounted/{file}": text})
    assert oom_kills(root / "cgroup", root / "mounted") == kills


def test_a_machine_without_control_groups(tmp_path):
    """Nothing is told."""
    assert oom_kills(tmp_path / "none", tmp_path) is None
