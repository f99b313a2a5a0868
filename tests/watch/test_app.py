"""Deliveries and pages of the service, over real HTTP."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import uvicorn

from pipelines.watch.app import MOST_BODY_BYTES, build_app
from tests.watch.processes import queued
from tests.watch.test_deliveries import PUSH, headers_of


@pytest.fixture
def client(make, remote):
    """A client of the application over real HTTP, and its service."""
    service = make(remote)
    server = uvicorn.Server(uvicorn.Config(build_app(service), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as found:
        yield found, service
    server.should_exit = True
    thread.join()


def deliver(client, service, body=b"", headers=None, name=None):
    """Post a delivery."""
    name = name or service.config.repositories[0].name
    return client.post(f"/hooks/{name}", content=body, headers=headers or headers_of("github", body))


def test_a_delivery_is_a_run_before_the_answer(client, remote):
    """The answer names the run, which waits in the tracking server with the head's commit."""
    http, service = client
    commit = remote.push("a")
    body = json.dumps(PUSH).encode()
    answer = deliver(http, service, body)
    assert answer.status_code == 202
    (queued_run,) = answer.json()["queued"]
    assert (queued_run["commit"], queued_run["new"]) == (commit, True)
    assert queued(service) == [commit]
    assert deliver(http, service, body).json()["queued"][0]["new"] is False


def test_bad_deliveries_are_answered_in_one_line_and_the_service_goes_on(client, remote):
    """Unknown repository, no or wrong signature, no JSON, another event, a branch that is not watched."""
    http, service = client
    remote.push("a")
    body = json.dumps(PUSH).encode()
    other = json.dumps({**PUSH, "ref": "refs/heads/feature"}).encode()
    signed = headers_of("github", body)
    assert deliver(http, service, body, name="nothing").status_code == 404
    assert deliver(http, service, body, {"x-github-event": "push"}).status_code == 401
    assert deliver(http, service, body, signed | {"x-hub-signature-256": "sha256=" + "0" * 64}).status_code == 401
    assert deliver(http, service, b"{").status_code == 400
    assert deliver(http, service, body, {"content-type": "application/json"}).status_code == 400
    assert "ping" in deliver(http, service, body, headers_of("github", body, "ping")).json()["ignored"]
    assert "feature" in deliver(http, service, other).json()["ignored"]
    assert deliver(http, service, body).status_code == 202


def test_a_gigabyte_is_not_read(client):
    """A body that says it is too long, or is, gets 413 without being kept."""
    http, service = client
    path = f"/hooks/{service.config.repositories[0].name}"
    declared = {"x-github-event": "push", "content-length": str(1 << 30)}
    with socket.create_connection((http.base_url.host, http.base_url.port)) as raw:
        head = "".join(f"{key}: {value}\r\n" for key, value in declared.items())
        raw.sendall(f"POST {path} HTTP/1.1\r\nhost: service\r\n{head}\r\n".encode())
        assert b" 413 " in raw.recv(1000)

    def endless():
        part = b"x" * (1 << 20)
        for _ in range(2 * MOST_BODY_BYTES >> 20):
            yield part

    with contextlib.suppress(httpx.WriteError):  # the service has answered and closed before all was sent
        assert http.post(path, content=endless(), headers={"x-github-event": "push"}).status_code == 413
    assert http.get("/health").text == "OK\n"


def test_an_unreachable_remote_is_answered_503(client, remote, tmp_path):
    """The host is told to try again; polling finds the push in any case."""
    http, service = client
    remote.push("a")
    remote.bare.rename(tmp_path / "moved.git")
    answer = deliver(http, service, json.dumps(PUSH).encode())
    assert answer.status_code == 503
    assert "polling" in answer.json()["error"]


@pytest.mark.slow
def test_a_thousand_deliveries_lose_nothing(client, remote):
    """Every one of 1,000 deliveries, forty at a time, is answered 202; the head has one run."""
    http, service = client
    commit = remote.push("a")
    body = json.dumps(PUSH).encode()
    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda _: deliver(http, service, body).status_code, range(1000)))
    assert set(answers) == {202}
    assert queued(service) == [commit]


def test_state_and_metrics_are_served(client, remote):
    """Programs read what waits as JSON, Prometheus as text."""
    http, service = client
    remote.push("a")
    deliver(http, service, json.dumps(PUSH).encode())
    assert http.get("/status").json()["waiting"]
    assert "autotweak_waiting_searches" in http.get("/metrics").text
