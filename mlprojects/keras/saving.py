"""Saving the fitted model in MLflow format."""

from __future__ import annotations

from mlprojects.keras import framework
from mlprojects.sandbox import rows
from mlprojects.sandbox.session import FittedModel, Session


def save(session: Session, known: FittedModel, head: int = 5) -> str:
    """Write the model with signature, input example and pinned requirements to the trial's ``model/``.

    Returns:
        The serialization format used: keras (the framework's own ``.keras`` file), on Keras 2 SavedModel.
    """
    import mlflow.keras
    import numpy as np
    from mlflow.models import infer_signature

    example = np.asarray(rows.take(known.x, np.arange(min(head, rows.count(known.x)))), dtype="float32")
    session.paths.model.mkdir(exist_ok=True)  # MLflow 3.17 writes the example before it makes the folder
    mlflow.keras.save_model(
        known.model,
        path=str(session.paths.model),
        signature=infer_signature(example, known.model.predict(example, verbose=0)),
        input_example=example,
        pip_requirements=list(session.spec.requirements),
    )
    return "keras" if framework.IS_KERAS_3 else "SavedModel"
