"""HTTP as uvicorn speaks it, its answers sent at once."""

from __future__ import annotations

import asyncio
import socket

# MLflow imports its stores with the first request of each. Where two come at once, their tables are half there, and
# the registry fails until the server is started again: here they are imported before any request.
import mlflow.store.model_registry.sqlalchemy_store
import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
from uvicorn.protocols.http.h11_impl import H11Protocol


class Undelayed(H11Protocol):
    """uvicorn's protocol without Nagle's delay.

    uvicorn sends head and body of an answer one after the other. asyncio turns the delay off for sockets that it makes
    itself; with several workers uvicorn makes them, and each answer but a connection's first waits 40 ms for the
    client's acknowledgement of its head.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection."""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
