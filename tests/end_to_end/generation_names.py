"""Run in an environment: of the names given on standard input, those that its Keras has, as JSON."""

import importlib
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
if sys.argv[1:] == ["renamed"]:
    from mlprojects.sandbox import old_names

    old_names.install("keras")


def is_there(dotted):
    """Tell whether a name can be imported or reached."""
    home, _, last = dotted.rpartition(".")
    try:
        importlib.import_module(dotted)
    except ImportError:
        try:
            getattr(importlib.import_module(home), last)
        except (AttributeError, ImportError):
            return False
    return True


print("\n" + json.dumps([name for name in json.load(sys.stdin) if is_there(name)]))
