"""One canonical dotted name for each of the many ways to import the same thing."""

import re

_KERAS_ROOTS = {"keras", "tensorflow", "tensorflow_core"} | (_KERAS_NAMES := {"tf_keras", "keras_core"})
_KERAS_INTERNAL = {"api", "src", "_tf_keras", "_v1", "_v2", "v1", "v2", "python", "engine"}
_FLAT_PACKAGES = {"layers", "models", "applications", "utils", "wrappers", "preprocessing", "optimizers"}
_MOVED = (
    (re.compile(r"^tensorflow\.compat\.v[12]\b"), "tensorflow"),
    (re.compile(r"^tensorflow\.optimizers\b"), "keras.optimizers"),
    (re.compile(r"^(scikeras|sklearn_keras_wrap)\.wrappers\b"), "keras.wrappers"),
    (re.compile(r"^kerastuner\b"), "keras_tuner"),
    (re.compile(r"^pytorch_lightning\b"), "lightning.pytorch"),
    (re.compile(r"^(sklearnex|imblearn|dask_ml|cuml\.sklearn)\b"), "sklearn"),
    (re.compile(r"^sklearn\.(grid_search|cross_validation)\b"), "sklearn.model_selection"),
    (re.compile(r"^sklearn\.externals\.joblib\b"), "joblib"),
)
_MODELS = {"Sequential": "keras.Sequential", "Model": "keras.Model", "Functional": "keras.Model"}


def canonical(dotted: str) -> str:
    """Give the canonical form: `tensorflow.python.keras.layers.core.Dense` is `keras.layers.Dense`."""
    for pattern, replacement in _MOVED:
        dotted = pattern.sub(replacement, dotted)
    parts = dotted.split(".")
    if parts[0] in _KERAS_ROOTS and ("keras" in parts or parts[0] in _KERAS_NAMES):
        return _keras(parts)
    if parts[0] == "sklearn" and len(parts) > 3:
        # sklearn.ensemble.forest.X and sklearn.ensemble._forest.X are private homes of sklearn.ensemble.X
        return f"sklearn.{parts[1]}.{parts[-1]}"
    return dotted


def _keras(parts: list[str]) -> str:
    last_keras = len(parts) - 1 - parts[::-1].index("keras") if "keras" in parts else 0
    inner = parts[last_keras + 1 :]
    while inner and inner[0] in _KERAS_INTERNAL:
        inner = inner[1:]
    if inner and inner[-1] in _MODELS and inner[0] != "callbacks":
        return _MODELS[inner[-1]]
    if len(inner) > 2 and inner[0] in _FLAT_PACKAGES:
        inner = [inner[0], inner[-1]]
    return ".".join(["keras", *inner])
