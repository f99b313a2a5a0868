"""Saving the fitted estimator in MLflow format."""

from __future__ import annotations

import shutil
import sys
from typing import Any

from mlprojects.sandbox import rows
from mlprojects.sandbox.session import FittedModel, Session


def save(session: Session, known: FittedModel, head: int = 5) -> str:
    """Write the model with signature, input example and pinned requirements to the trial's ``model/``.

    Returns:
        The serialization format used: skops where every type in the model is known to it (MLflow's
        default, safe to load), else cloudpickle.
    """
    import mlflow.sklearn
    import numpy as np
    from mlflow.models import infer_signature
    from skops.io.exceptions import UntrustedTypesFoundException

    model = known.artifact if known.artifact is not None else known.model
    example: Any = rows.take(known.x, np.arange(min(head, rows.count(known.x))))
    example = example.toarray() if hasattr(example, "toarray") else example
    if np.ndim(example) == 1:  # texts: what serves gives them as a frame of one column
        model, example = _of_one_column(model), list(example)
    elif isinstance(example, list | tuple):
        example = np.asarray(example)
    arguments = {
        "path": str(session.paths.model),
        "signature": infer_signature(example, model.predict(example)),
        "input_example": example,
        "pip_requirements": list(session.spec.requirements),
    }
    try:
        mlflow.sklearn.save_model(model, serialization_format="skops", **arguments)
        return "skops"
    except (UntrustedTypesFoundException, mlflow.exceptions.MlflowException):
        shutil.rmtree(session.paths.model, ignore_errors=True)  # what the first try left behind
        _pickle_whole(session)
        mlflow.sklearn.save_model(model, serialization_format="cloudpickle", **arguments)
        return "cloudpickle"


def _of_one_column(model: Any) -> Any:
    """The model for rows of one value each, in whatever container they come."""
    import numpy as np
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    return Pipeline([("column", FunctionTransformer(np.ravel)), ("model", model)])


def _pickle_whole(session: Session) -> None:
    """Functions and classes of the source's own modules go into the pickle: nobody else has the modules."""
    import cloudpickle

    for module in list(sys.modules.values()):
        if (getattr(module, "__file__", None) or "").startswith(f"{session.paths.work}/"):
            cloudpickle.register_pickle_by_value(module)
