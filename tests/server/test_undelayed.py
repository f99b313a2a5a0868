"""Answers that leave at once."""

import asyncio
import socket
import subprocess
import sys

import uvicorn

from pipelines.server.undelayed import Undelayed


async def nodelay_of(protocol):
    """Whether a connection that uvicorn took at a socket of its own making, as for several workers, has no delay."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"ok"})

    config = uvicorn.Config(app, port=0, http=protocol, lifespan="off", log_level="error", loop="asyncio")
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0)
    reader, writer = await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200" in await reader.readline()
    (taken,) = server.server_state.connections
    found = taken.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    writer.close()
    server.should_exit = True
    await serving
    return bool(found)


def test_the_stores_are_there_before_the_first_requests():
    """What a worker loads before it serves holds them; two first requests at once would break them for good."""
    code = "import sys, pipelines.server.undelayed; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {f"mlflow.store.{store}.sqlalchemy_store" for store in ("tracking", "model_registry")} <= set(loaded)


def test_a_connection_has_no_delay():
    """Uvicorn by itself leaves it on: when it no longer does, our protocol can go."""
    assert not asyncio.run(nodelay_of("h11"))
    assert asyncio.run(nodelay_of(Undelayed))
