"""Imported by the fork server, before any fork. An import computes nothing: a fork after that is safe."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import matplotlib.pyplot  # noqa: F401
import pandas  # noqa: F401
import tensorflow  # noqa: F401

from mlprojects.keras import fit, old_names  # noqa: F401
from mlprojects.sandbox import old_names as common_names
from mlprojects.sandbox import renames

renames.preload([*common_names.ROWS, *old_names.ROWS])
