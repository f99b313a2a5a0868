"""The service over HTTP: deliveries come in, health, state and metrics go out."""

from __future__ import annotations

import logging
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.concurrency import run_in_threadpool

from pipelines.errors import AutotweakError, PlatformError
from pipelines.watch.config import WatchConfig
from pipelines.watch.deliveries import Ignored, Refused, read_delivery
from pipelines.watch.queue import Entry

MOST_BODY_BYTES = 25 << 20
"""GitHub sends no larger payload."""
log = logging.getLogger("autotweak.watch")


class Looks(Protocol):
    """The part of the service that deliveries need."""

    config: WatchConfig

    def look(self, name: str, branches: tuple[str, ...] | None) -> list[tuple[Entry, bool]]:
        """Ask the repository for its branches and queue what is new."""

    def state(self) -> dict[str, object]:
        """What is queued, running and finished, as JSON."""

    def metrics(self) -> bytes:
        """In Prometheus' text format."""


def build_app(service: Looks) -> FastAPI:
    """The application: ``POST /hooks/NAME``, ``GET /health``, ``/status`` and ``/metrics``."""
    app = FastAPI(title="autotweak watch", docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/hooks/{name}")
    async def hook(name: str, request: Request) -> Response:
        try:
            status, answer = await _receive(service, name, request)
        except Refused as refused:
            status, answer = refused.status, {"error": refused.reason}
        except PlatformError as error:
            status, answer = 503, {"error": f"{error}; polling will find the push"}
        except AutotweakError as error:
            status, answer = 500, {"error": str(error)}
        log.info("delivery", extra={"repository": name, "status": status, **answer})
        return JSONResponse(answer, status)

    @app.get("/health")
    def health() -> PlainTextResponse:
        return PlainTextResponse("OK\n")

    @app.get("/status")
    def state() -> JSONResponse:
        try:
            return JSONResponse(service.state())
        except PlatformError as error:
            return JSONResponse({"error": str(error)}, 503)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(service.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return app


async def _receive(service: Looks, name: str, request: Request) -> tuple[int, dict[str, object]]:
    repository = service.config.named(name)
    if repository is None:
        raise Refused(404, f"no repository named {name!r} is watched")
    secret = repository.read_secret()
    if secret is None:
        raise Refused(403, f"{name} has no secret, so nobody can be told from its host; set one, or rely on polling")
    headers = {key.lower(): value for key, value in request.headers.items()}
    said = read_delivery(headers, await _body(request), secret)
    if isinstance(said, Ignored):
        return 200, {"ignored": said.reason}
    branches = tuple(branch for branch in said.branches if repository.watches(branch))
    if not branches:
        return 200, {"ignored": f"{', '.join(said.branches)} is not watched"}
    found = await run_in_threadpool(service.look, name, branches)
    runs = [{"run_id": entry.run_id, "commit": entry.commit, "new": new} for entry, new in found]
    return 202, {"queued": runs}


async def _body(request: Request) -> bytes:
    """The body, read no further than it may be long.

    Raises:
        Refused: 413 it is longer.
    """
    too_long = Refused(413, f"the body is larger than {MOST_BODY_BYTES >> 20} MiB")
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > MOST_BODY_BYTES:
        raise too_long
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BODY_BYTES:
            raise too_long
        parts.append(part)
    return b"".join(parts)
