"""Imported by the fork server, before any fork: scikit-learn and what scripts use beside it."""

import gc

import matplotlib.backends.backend_agg
import matplotlib.pyplot  # noqa: F401
import pandas  # noqa: F401

from mlprojects.sandbox import old_names, renames
from mlprojects.sklearn import fit

fit.preload()
renames.preload(old_names.ROWS)

# What is there by now stays. A collection in a trial that looked through all of it would copy every page of it.
gc.collect()
gc.freeze()
