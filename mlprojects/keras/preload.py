"""Imported by the fork server, before any fork. An import computes nothing: a fork after that is safe."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import matplotlib.pyplot  # noqa: F401
import pandas  # noqa: F401
import tensorflow  # noqa: F401

from mlprojects.keras import fit  # noqa: F401
