"""A registered model inside its sandbox: MLflow's own scoring server, listening on a Unix socket instead of a port.

``python -m mlprojects.sandbox.serve MODEL SOCKET`` serves; with SOCKET alone it asks whether what listens is well.
"""

from __future__ import annotations

import socket
import sys

KEPT_ALIVE_S = 75
"""Longer than the front keeps an idle connection, so that it is never this side that closes one."""
DRAIN_S = 30


def serve(model: str, path: str) -> None:
    """Load a model in MLflow format and answer until SIGTERM; requests under way are answered first."""
    import uvicorn
    from mlflow.pyfunc import load_model, scoring_server

    app = scoring_server.init(load_model(model))
    uvicorn.run(
        app,
        uds=path,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEPT_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )


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
