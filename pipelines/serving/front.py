"""The front: it holds the public port and forwards each request to the backend that has the traffic.

Scoring has no side effects, so a request whose backend died before it answered is sent again. While no backend has
the traffic, requests wait for one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from pipelines.errors import PlatformError
from pipelines.serving.backend import address
from pipelines.serving.metrics import Counts

MOST_BODY_BYTES = 100 << 20
MOST_SENT = 2
"""A request that ends its backend twice is the request's fault."""
ANSWER_S = 120.0
"""Longer than MLflow's scoring server gives a request."""
PAUSE_S = 0.1
DRAIN_S = 30.0
IDLE_S = 15.0
AT_ONCE = {"/ping", "/health", "/version"}
"""These ask whether a model is there now: they do not wait for one."""
HOP_BY_HOP = {
    "connection", "content-length", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers",
    "transfer-encoding", "upgrade",
}  # fmt: skip

T = TypeVar("T")


class Route:
    """The way to one backend, and the requests under way on it. It belongs to the front's loop."""

    def __init__(self, socket: Path) -> None:
        connector = aiohttp.UnixConnector(address(socket), limit=0, keepalive_timeout=IDLE_S)
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        self.session = aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
        self.running = 0
        self.idle = asyncio.Event()
        self.idle.set()

    async def send(self, request: web.Request, body: bytes) -> web.Response:
        """Forward a request; the answer is read whole, so that nothing has been sent before it is known."""
        self.running += 1
        self.idle.clear()
        try:
            url = URL(f"http://localhost{request.raw_path}", encoded=True)
            headers = _end_to_end(request.headers)
            async with self.session.request(
                request.method, url, data=body or None, headers=headers, allow_redirects=False
            ) as answer:
                return web.Response(status=answer.status, body=await answer.read(), headers=_end_to_end(answer.headers))
        finally:
            self.running -= 1
            if not self.running:
                self.idle.set()


class Front:
    """An HTTP server in a thread of its own; every method may be called from any thread."""

    def __init__(self, counts: Counts, wait_s: float = 20.0) -> None:
        self._counts, self._wait_s = counts, wait_s
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="front", daemon=True)
        self._runner: web.AppRunner | None = None
        self._route: Route | None = None
        self._changed: asyncio.Event = asyncio.Event()

    def start(self, host: str, port: int) -> int:
        """Listen; requests wait for a backend.

        Returns:
            The port: the one given, or a free one where that is 0.

        Raises:
            PlatformError: the address is taken, or not of this machine.
        """
        self._thread.start()
        try:
            return self._call(self._listen(host, port))
        except OSError as error:
            raise PlatformError(
                f"cannot listen on {host}:{port}: {error.strerror or error}; is the port taken?"
            ) from error

    def route(self, socket: Path | None) -> Route | None:
        """Give all new requests to the backend at the socket; None: they wait.

        Returns:
            The route that had the traffic.
        """
        return self._call(self._turn(socket))

    def drain(self, route: Route, limit_s: float = DRAIN_S) -> bool:
        """Wait until the requests on a route without traffic are answered; False where that took too long."""
        return self._call(_drained(route, limit_s))

    def close(self) -> None:
        """Take no new connection, and answer what is under way."""
        if self._runner is not None:
            self._call(self._runner.cleanup())

    def stop(self) -> None:
        """End. Nothing may be asked of it afterwards."""
        if self._thread.is_alive():
            route = self.route(None)
            if route is not None:
                self.drain(route, 0)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _call(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()

    async def _listen(self, host: str, port: int) -> int:
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=DRAIN_S, lingering_time=1.0, auto_decompress=False
        )
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        self._runner = runner
        return int(runner.addresses[0][1])

    async def _turn(self, socket: Path | None) -> Route | None:
        before, self._route = self._route, None if socket is None else Route(socket)
        self._changed.set()
        self._changed = asyncio.Event()
        return before

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=self._counts.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    async def _answer(self, request: web.Request) -> web.Response:
        began = self._loop.time()
        try:
            body = await _body(request)
        except web.HTTPRequestEntityTooLarge:
            answer = _error(413, "BAD_REQUEST", f"the body is larger than {MOST_BODY_BYTES >> 20} MiB")
        else:
            odd = not request.raw_path.startswith("/")  # the forms of a path that are for proxies
            answer = _error(400, "BAD_REQUEST", "not a path") if odd else await self._forward(request, body)
        self._counts.answered(answer.status)
        if request.path == "/invocations":
            self._counts.seconds.observe(self._loop.time() - began)
        return answer

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        deadline = self._loop.time() + (0 if request.path in AT_ONCE else self._wait_s)
        sent = 0
        while sent < MOST_SENT:
            changed, route = self._changed, self._route
            if route is not None:
                try:
                    return await route.send(request, body)
                except TimeoutError:
                    return self._failed(504, "DEADLINE_EXCEEDED", f"the model did not answer within {ANSWER_S:.0f} s")
                except aiohttp.ClientConnectorError:
                    pass  # nothing was sent
                except (aiohttp.ClientError, OSError):
                    sent += 1
            left = deadline - self._loop.time()
            if left <= 0:
                return self._failed(503, "TEMPORARILY_UNAVAILABLE", "no version of the model is ready; try again soon")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), min(left, PAUSE_S) if route is not None else left)
        return self._failed(502, "INTERNAL_ERROR", f"the model died {sent} times of this request")

    def _failed(self, status: int, code: str, message: str) -> web.Response:
        self._counts.failures.inc()
        return _error(status, code, message)


def _end_to_end(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """The headers that are not about one connection only."""
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP)


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > MOST_BODY_BYTES:  # said before a byte of it is read
        raise web.HTTPRequestEntityTooLarge(MOST_BODY_BYTES, request.content_length or 0)
    return await request.read()


async def _drained(route: Route, limit_s: float) -> bool:
    try:
        await asyncio.wait_for(route.idle.wait(), limit_s)
        return True
    except TimeoutError:
        return False
    finally:
        await route.session.close()


def _error(status: int, code: str, message: str) -> web.Response:
    """An error in the form of MLflow's own."""
    headers = {"Retry-After": "1"} if status == 503 else {}
    text = json.dumps({"error_code": code, "message": message})
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)
