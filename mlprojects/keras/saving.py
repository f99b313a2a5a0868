"""Saving the fitted model in MLflow format."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from mlprojects.keras import framework
from mlprojects.keras.outputs import of
from mlprojects.sandbox import rows
from mlprojects.sandbox.session import FittedModel, Session


def save(session: Session, known: FittedModel, head: int = 5) -> str:
    """Write the model with signature, input example and pinned requirements to the trial's ``model/``.

    Returns:
        The serialization format used: keras (the framework's own ``.keras`` file; on Keras 2 SavedModel), or
        tensorflow (a graph) for a model of a class of the script's own, which nobody else could load.
    """
    import mlflow.keras
    import mlflow.tensorflow
    from mlflow.models import infer_signature

    model = known.artifact or known.model
    plain = rows.is_plain(known.x)
    example = _example(model, rows.take(known.x, np.arange(min(head, rows.count(known.x))))) if plain else None
    common: dict[str, Any] = {
        "path": str(session.paths.model),
        "pip_requirements": list(session.spec.requirements),
    }
    if example is not None:
        try:
            outputs = model.predict(_texts(example) if _is_text(example) else example, verbose=0)
            if isinstance(outputs, list | tuple):  # a signature is by name
                outputs = {output.name: part for output, part in zip(of(model, outputs), outputs, strict=True)}
            common |= {"signature": infer_signature(example, outputs), "input_example": example}
        except Exception as error:  # a model without an example is better than none
            session.fault(error)
            example = None
    session.paths.model.mkdir(exist_ok=True)  # MLflow 3.17 writes the example before it makes the folder
    # Keras 3 takes no array of texts, a graph does.
    if isinstance(example, np.ndarray) and (_needs_the_script(model) or _is_text(example)):
        mlflow.tensorflow.save_model(_graph_of(model, example), **common)
        return "tensorflow"
    mlflow.keras.save_model(model, **common)
    return "keras" if framework.IS_KERAS_3 else "SavedModel"


def _example(model: Any, x: Any) -> Any:
    """A few rows as numbers or texts, by input name where there are several; None for what MLflow takes none of."""
    if rows.is_multi_input(x):
        names = [str(tensor.name).split(":")[0] for tensor in getattr(model, "inputs", None) or []]
        x = dict(zip(names, x, strict=True)) if len(names) == len(x) else None
    if isinstance(x, dict):
        parts = {name: np.asarray(part) for name, part in x.items()}
        return parts if all(part.dtype.kind in "biuf" for part in parts.values()) else None
    array = rows.as_array(x)
    if array.dtype.kind in "OSU" and all(isinstance(value, str | bytes) for value in array.flat):
        return np.array([v.decode() if isinstance(v, bytes) else v for v in array.flat]).reshape(array.shape)
    return array.astype("float32") if array.dtype.kind in "biuf" else None


def _is_text(example: Any) -> bool:
    return isinstance(example, np.ndarray) and example.dtype.kind == "U"


def _texts(example: np.ndarray) -> Any:
    import tensorflow as tf

    return tf.constant(example)


def _needs_the_script(model: Any) -> bool:
    """Whether it, or a layer anywhere in it, is of a class of the script's, or calls a function that Keras 3 loads not.

    Functions of ``Lambda`` layers are code, which Keras 3 runs only where it is told that the file is trusted.
    """
    libraries = ("keras.", "tensorflow.python.keras.")
    parts = model._flatten_layers() if hasattr(model, "_flatten_layers") else [model, *getattr(model, "layers", [])]
    return any(
        not type(part).__module__.startswith(libraries)
        or (framework.IS_KERAS_3 and isinstance(part, keras.layers.Lambda))
        for part in parts
    )


def _graph_of(model: keras.Model, example: np.ndarray) -> Any:
    """The model as a graph, with whatever scales its input in it."""
    import tensorflow as tf

    kind = tf.string if _is_text(example) else tf.float32

    class Graph(tf.Module):  # type: ignore[misc]
        """Calls the model as in prediction."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        @tf.function(input_signature=[tf.TensorSpec([None, *example.shape[1:]], kind)])  # type: ignore[untyped-decorator]
        def __call__(self, x: Any) -> Any:
            return model(x, training=False)

    return Graph()
