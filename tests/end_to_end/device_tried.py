"""Run in the environment keras, without a GPU: what a fork server hands on, and what TensorFlow takes of a limit."""

import json
import multiprocessing
import os
import sys
from multiprocessing.connection import Connection

from mlprojects.contract.devices import HIDDEN


def look(answer: Connection) -> None:
    """Say what this child has from the process that it was forked from."""
    imported = "tensorflow" in sys.modules
    from tensorflow.python.eager import context

    made = context._context
    computed = made is not None and made._context_handle is not None
    listed = made is not None and made._physical_devices is not None
    answer.send({"imported": imported, "computed": computed, "listed": listed, "hidden": os.environ.get(HIDDEN)})


def limit(answer: Connection) -> None:
    """Limit a device that is made up; then do as scripts do. Nothing computes on it."""
    import tensorflow
    from tensorflow.python.eager import context

    from mlprojects.keras import device

    tensorflow.config.list_physical_devices()
    gpu = context.PhysicalDevice("/physical_device:GPU:0", "GPU")
    context._context._physical_devices.append(gpu)
    device.limit([gpu], 7680)
    for found in tensorflow.config.list_physical_devices("GPU"):
        tensorflow.config.experimental.set_memory_growth(found, True)
    (one,) = tensorflow.config.get_logical_device_configuration(gpu)
    answer.send({"limit": one.memory_limit})


if __name__ == "__main__":
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["mlprojects.sandbox.runner", "mlprojects.keras.preload"])
    for act in (look, look, limit):
        here, there = forks.Pipe()
        child = forks.Process(target=act, args=(there,))
        child.start()
        there.close()
        print(json.dumps(here.recv()))
        child.join()
