"""GPUs of NVIDIA: what there is, what a sandbox can be given, and how many trials that is for.

A trial has one GPU, or a share of one. It is chosen after the fork and before TensorFlow looks for devices (see
:mod:`mlprojects.keras.device`); the process that is forked sees none.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlprojects.contract.devices import GPUS, SHARE_MIB
from pipelines.environments import Environment
from pipelines.settings import MachineSettings

NVIDIA_SMI = ("nvidia-smi", "--query-gpu=index,uuid,memory.total,name", "--format=csv,noheader,nounits")
REMEDY = "sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker"
ANSWER_S = 20.0
"""The first answer after a start takes seconds where the driver does not stay loaded."""


@dataclass(frozen=True)
class Gpu:
    """One device."""

    uuid: str
    name: str
    memory_mib: int


@dataclass(frozen=True)
class Given:
    """What the trials of one sandbox compute on."""

    places: tuple[str, ...]
    """One for each trial that may run at once: its device."""
    name: str
    share_mib: int | None = None
    way: str = ""
    """How the engine gives them away: see :func:`offer`; empty for a local process, which has them anyway."""

    @property
    def request(self) -> dict[str, Any]:
        """What the engine is asked for: the arguments of Docker's ``DeviceRequest``."""
        devices = list(dict.fromkeys(self.places))
        if self.way == "cdi":
            return {"driver": "cdi", "device_ids": [_cdi(uuid) for uuid in devices]}
        return {"device_ids": devices, "capabilities": [["gpu"]]}

    @property
    def variables(self) -> dict[str, str]:
        """What a sandbox's process is told."""
        share = {SHARE_MIB: str(self.share_mib)} if self.share_mib is not None else {}
        return {GPUS: ",".join(self.places)} | share

    @property
    def said(self) -> str:
        """What it is, in words."""
        count = len(self.places)
        at_once = "1 trial" if count == 1 else f"{count} trials"
        return f"{self.name}, {at_once} at once" + (f" with {self.share_mib} MiB each" if self.share_mib else "")


def read(listing: str, visible: str | None) -> tuple[Gpu, ...]:
    """The devices of nvidia-smi's listing, of those that ``CUDA_VISIBLE_DEVICES`` leaves; None leaves all."""
    found = []
    for line in listing.splitlines():
        index, uuid, memory, name = [part.strip() for part in [*line.split(",", 3), "", "", ""][:4]]
        named = visible is None or any(one == index or (one and uuid.startswith(one)) for one in visible.split(","))
        if uuid.startswith("GPU-") and memory.isdigit() and named:
            found.append(Gpu(uuid, name, int(memory)))
    return tuple(found)


def offer(info: Mapping[str, Any], gpus: Sequence[Gpu]) -> str:
    """How an engine that says ``info`` of itself gives devices away: nvidia, cdi, or not at all."""
    if "nvidia" in info.get("Runtimes", {}):
        return "nvidia"
    known = {device.get("ID") for device in info.get("DiscoveredDevices") or ()}
    return "cdi" if gpus and all(_cdi(gpu.uuid) in known for gpu in gpus) else ""


def _cdi(uuid: str) -> str:
    return f"nvidia.com/gpu={uuid}"


def give(gpus: Sequence[Gpu], share_mib: int | None, slots: int, way: str = "") -> Given | None:
    """Places for at most ``slots`` trials, the next one always on the device with most left; None where none fits."""
    left = {gpu.uuid: 1 if share_mib is None else gpu.memory_mib // share_mib for gpu in gpus}
    places: list[str] = []
    while len(places) < slots and (uuid := max(left, key=lambda uuid: left[uuid], default=None)) and left[uuid]:
        left[uuid] -= 1
        places.append(uuid)
    names = dict.fromkeys(gpu.name for gpu in gpus if gpu.uuid in places)
    return Given(tuple(places), ", ".join(names), share_mib, way) if places else None


def seen() -> tuple[Gpu, ...]:
    """The devices of this machine that its driver tells of, and that are ours to use."""
    if shutil.which(NVIDIA_SMI[0]) is None:
        return ()
    try:
        done = subprocess.run(NVIDIA_SMI, capture_output=True, text=True, timeout=ANSWER_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return read(done.stdout if done.returncode == 0 else "", os.environ.get("CUDA_VISIBLE_DEVICES"))


def decide(
    gpus: Sequence[Gpu], machine: MachineSettings, info: Mapping[str, Any] | None, slots: int
) -> tuple[Given | None, str]:
    """What at most ``slots`` trials compute on, and what there is to say of it; nothing where there is no device.

    Args:
        gpus: the devices that there are.
        machine: whose settings say whether they are used, and by how many trials each.
        info: what the engine says of itself; None for a local process.
        slots: how many trials are to run at once.
    """
    if not gpus:
        return None, ""
    names = ", ".join(dict.fromkeys(gpu.name for gpu in gpus))
    if machine.gpu == "none":
        return None, f"{names} is not used: AUTOTWEAK_GPU is none"
    way = offer(info, gpus) if info is not None else ""
    if info is not None and not way:
        return None, f"{names} is not used: the Docker engine does not offer it; {REMEDY}, or use --sandbox process"
    given = give(gpus, machine.gpu_memory_mib, slots, way)
    if given is None:
        most = max(gpu.memory_mib for gpu in gpus)
        return None, f"{names} is not used: AUTOTWEAK_GPU_MEMORY_MIB is {machine.gpu_memory_mib}, it has {most}"
    return given, given.said


def fits(environment: Environment) -> bool:
    """Whether there is an environment like this one for a GPU, on such a machine."""
    return environment.knows_gpus and sys.platform == "linux" and platform.machine() == "x86_64"
