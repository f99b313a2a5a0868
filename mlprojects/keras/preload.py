"""Imported by the fork server, before any fork. An import computes nothing: a fork after that is safe.

It looks for no GPU either, and would find none: a trial that has one is told so after its fork.
"""

import gc
import os

from mlprojects.contract.devices import HIDDEN

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ[HIDDEN] = "-1"

import matplotlib.backends.backend_agg
import matplotlib.pyplot  # noqa: F401
import pandas  # noqa: F401
import tensorflow  # noqa: F401

from mlprojects.keras import fit, old_names  # noqa: F401
from mlprojects.sandbox import old_names as common_names
from mlprojects.sandbox import renames
from mlprojects.sandbox.wrapping import look_through

renames.preload([*common_names.ROWS, *old_names.ROWS])
look_through()

# What is there by now stays. A collection in a trial that looked through all of it would copy every page of it.
gc.collect()
gc.freeze()
