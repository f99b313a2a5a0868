"""What trials compute on: facts of a machine and of an engine in, a decision out. None of it needs a GPU."""

import docker
import pytest

from mlprojects.contract.devices import GPUS, SHARE_MIB
from pipelines.environments import Environment
from pipelines.gpu import Gpu, decide, fits, give, offer, read
from pipelines.settings import MachineSettings

ONE = Gpu("GPU-1f", "NVIDIA L4", 23_034)
TWO = Gpu("GPU-2a", "NVIDIA L4", 23_034)
SMALL = Gpu("GPU-3c", "NVIDIA T400", 4_096)
LISTING = "0, GPU-1f, 23034, NVIDIA L4\n1, GPU-2a, 23034, NVIDIA L4\n"
OFFERS = {"Runtimes": {"runc": {}, "nvidia": {}}}
SPECIFIED = {"Runtimes": {"runc": {}}, "DiscoveredDevices": [{"Source": "cdi", "ID": "nvidia.com/gpu=GPU-1f"}]}


def machine(**settings):
    """Give settings, whatever the environment says."""
    return MachineSettings(**{"gpu": "auto", "gpu_memory_mib": None} | settings)


@pytest.mark.parametrize(
    ("listing", "visible", "gpus"),
    [
        (LISTING, None, (ONE, TWO)),
        (LISTING, "1", (TWO,)),
        (LISTING, "GPU-1f", (ONE,)),
        (LISTING, "0,1", (ONE, TWO)),
        (LISTING, "", ()),
        (LISTING, "-1", ()),
        ("0, GPU-1f, [N/A], NVIDIA L4\n", None, ()),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", None, ()),
        ("No devices were found\n", None, ()),
        ("", None, ()),
    ],
)
def test_the_driver_tells_what_there_is(listing, visible, gpus):
    """Each line is a device; those that CUDA_VISIBLE_DEVICES hides are not ours, and what is no device is none."""
    assert read(listing, visible) == gpus


@pytest.mark.parametrize(
    ("info", "gpus", "way"),
    [
        (OFFERS, (ONE,), "nvidia"),
        (SPECIFIED, (ONE,), "cdi"),
        (SPECIFIED, (ONE, TWO), ""),
        ({"Runtimes": {"runc": {}}, "DiscoveredDevices": None}, (ONE,), ""),
        ({}, (ONE,), ""),
    ],
)
def test_an_engine_says_whether_it_gives_devices_away(info, gpus, way):
    """By NVIDIA's runtime, or by specifications of all the devices; else not at all."""
    assert offer(info, gpus) == way


@pytest.mark.parametrize(
    ("gpus", "share", "slots", "places"),
    [
        ((ONE,), None, 4, "GPU-1f"),
        ((ONE, TWO), None, 4, "GPU-1f GPU-2a"),
        ((ONE, TWO), None, 1, "GPU-1f"),
        ((ONE,), 8_000, 4, "GPU-1f GPU-1f"),
        ((ONE,), 4_000, 3, "GPU-1f GPU-1f GPU-1f"),
        ((ONE, TWO), 8_000, 3, "GPU-1f GPU-2a GPU-1f"),
        ((SMALL, ONE), 4_000, 6, "GPU-1f GPU-1f GPU-1f GPU-1f GPU-3c GPU-1f"),
        ((SMALL,), 8_000, 1, None),
        ((), None, 1, None),
    ],
)
def test_slots_are_counted_by_memory(gpus, share, slots, places):
    """A trial has a device to itself, or its share of one; never are there more slots than were asked for."""
    given = give(gpus, share, slots)
    assert (None if given is None else " ".join(given.places)) == places


@pytest.mark.parametrize(
    ("gpus", "settings", "info", "said"),
    [
        ((), {}, OFFERS, ""),
        ((ONE,), {}, OFFERS, "NVIDIA L4, 1 trial at once"),
        ((ONE,), {}, None, "NVIDIA L4, 1 trial at once"),
        ((ONE,), {"gpu_memory_mib": 8_000}, OFFERS, "NVIDIA L4, 2 trials at once with 8000 MiB each"),
        ((ONE,), {"gpu": "none"}, OFFERS, "NVIDIA L4 is not used: AUTOTWEAK_GPU is none"),
        ((ONE,), {}, {}, "NVIDIA L4 is not used: the Docker engine does not offer it; sudo nvidia-ctk runtime"),
        ((SMALL,), {"gpu_memory_mib": 8_000}, None, "AUTOTWEAK_GPU_MEMORY_MIB is 8000, it has 4096"),
    ],
)
def test_what_is_used_and_what_is_not_is_said(gpus, settings, info, said):
    """One line each; a machine without a GPU hears nothing of it."""
    given, line = decide(gpus, machine(**settings), info, 4)
    assert said in line
    assert (given is None) == ("not used" in line or not line)
    assert bool(line) == bool(gpus)


@pytest.mark.parametrize(("name", "does"), [("sklearn", False), ("keras", True), ("keras2", False)])
def test_keras_alone_computes_on_gpus(name, does, monkeypatch):
    """scikit-learn has no use for one, and the wheels of TensorFlow 2.12 bring no CUDA."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")
    assert fits(Environment(name)) is does


def test_a_sandbox_is_told_its_places():
    """As variables: one device for each slot, and the share of its memory where there is one."""
    assert give((ONE, TWO), None, 2).variables == {GPUS: "GPU-1f,GPU-2a"}
    assert give((ONE,), 8_000, 2).variables == {GPUS: "GPU-1f,GPU-1f", SHARE_MIB: "8000"}


@pytest.mark.parametrize(
    ("way", "driver", "devices", "capabilities"),
    [
        ("nvidia", "", ["GPU-1f", "GPU-2a"], [["gpu"]]),
        ("cdi", "cdi", ["nvidia.com/gpu=GPU-1f", "nvidia.com/gpu=GPU-2a"], []),
    ],
)
def test_an_engine_is_asked_for_each_device_once(way, driver, devices, capabilities):
    """By identifiers, so that numbers mean the same inside and outside."""
    asked = docker.types.DeviceRequest(**give((ONE, TWO), 8_000, 4, way).request)
    assert (asked["Driver"], asked["DeviceIDs"], asked["Capabilities"]) == (driver, devices, capabilities)
