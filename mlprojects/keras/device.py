"""The GPU of a trial: the fork has happened, and TensorFlow has looked for no device yet."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import tensorflow

from mlprojects.contract.devices import HIDDEN, SHARE_MIB

CONTEXT_MIB = 512
"""What CUDA and its libraries take of a device for each process, beside what TensorFlow allocates."""


def take() -> None:
    """Look for the device that this trial was given, and keep to its share of it; nothing where it was given none."""
    if os.environ.get(HIDDEN, "-1") == "-1":
        return
    devices = tensorflow.config.list_physical_devices("GPU")
    if not devices:
        sys.stderr.write("autotweak: the GPU does not answer; this trial computes on processors\n")
    share = os.environ.get(SHARE_MIB)
    if share is not None:
        limit(devices, int(share) - CONTEXT_MIB)


def limit(devices: list[Any], memory_mib: int) -> None:
    """Let TensorFlow allocate at most so many MiB on each device."""
    config = tensorflow.config
    for device in devices:
        config.set_logical_device_configuration(device, [config.LogicalDeviceConfiguration(memory_limit=memory_mib)])
    # Many scripts ask for growth, which TensorFlow refuses for a device with a limit; of it they have theirs already.
    context: Any = importlib.import_module("tensorflow.python.eager.context").Context
    context.set_memory_growth = lambda *_: None
