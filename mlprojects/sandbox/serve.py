"""A registered model inside its sandbox: MLflow's own scoring server, listening on a Unix socket instead of a port.

``python -m mlprojects.sandbox.serve MODEL SOCKET`` serves; with SOCKET alone it asks whether what listens is well.
"""

from __future__ import annotations

import functools
import socket
import sys
from collections.abc import Callable
from typing import Any

KEPT_ALIVE_S = 75
"""Longer than the front keeps an idle connection, so that it is never this side that closes one."""
DRAIN_S = 30


def serve(model: str, path: str) -> None:
    """Load a model in MLflow format and answer until SIGTERM; requests under way are answered first."""
    import uvicorn

    uvicorn.run(
        application(model),
        uds=path,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEPT_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )


def application(model: str) -> Any:
    """MLflow's scoring server for a model.

    MLflow reads no CSV for a model whose input is one array, and takes no frame for it whose numbers have another
    type (64 bits, where networks have 32): here a frame becomes that array.
    """
    from mlflow.pyfunc import load_model, scoring_server

    loaded = load_model(model)
    schema = loaded.metadata.get_input_schema()
    if schema is not None and schema.is_tensor_spec() and not schema.has_input_names():
        spec = schema.inputs[0]
        for name in ("parse_csv_input", "dataframe_from_parsed_json"):
            parse = getattr(scoring_server, name)
            parse = getattr(parse, "__wrapped__", parse)  # that of another model in this process
            setattr(scoring_server, name, _into_array(parse, spec.type, spec.shape))
    return scoring_server.init(loaded)


def _into_array(parse: Callable[..., Any], kind: Any, shape: tuple[int, ...]) -> Callable[..., Any]:
    """A parser of frames that gives arrays of one type and shape; what is not made of numbers is left to MLflow."""
    import numpy as np
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import BAD_REQUEST

    @functools.wraps(parse)
    def parsed(*args: Any, schema: Any = None, **kw: Any) -> Any:  # noqa: ARG001 - of no use for an array
        frame = parse(*args, schema=None, **kw)
        given = frame.to_numpy()
        if not np.can_cast(given.dtype, kind, "same_kind"):
            return frame
        try:
            return given.astype(kind).reshape(-1, *shape[1:]) if -1 not in shape[1:] else given.astype(kind)
        except ValueError as error:
            message = f"rows of {given.shape[1]} columns are no input of shape {tuple(shape[1:])}"
            raise MlflowException(message, error_code=BAD_REQUEST) from error

    return parsed


def answers(path: str) -> bool:
    """Whether the server at the socket says that it is well; for the container's health check."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(path)
            connection.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


if __name__ == "__main__":
    if len(sys.argv) == 3:
        serve(sys.argv[1], sys.argv[2])
    else:
        sys.exit(not answers(sys.argv[1]))
