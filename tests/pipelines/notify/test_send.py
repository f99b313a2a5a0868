"""Services other than mail, with a real HTTP server in the place of theirs."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pipelines.notify.message import render
from pipelines.notify.send import channels


@pytest.fixture
def service():
    """Give a server that keeps the JSON it is sent and answers with its ``status``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.got.append(json.loads(body))
            self.send_response(server.status)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def channel_of(service):
    """Its channel, with a token in the address."""
    (channel,) = channels([f"json://me:hunter22@127.0.0.1:{service.server_port}/tokentoken"])
    return channel


def test_a_service_gets_the_brief(service, event):
    """Subject and a few lines, with the tone of the event."""
    assert channel_of(service).attempt(render([event()])) is None
    (got,) = service.got
    assert got["title"] == "[autotweak] wine-svm: target reached, 98.1 % accuracy"
    assert "Changed: scaler none → standard." in got["message"]
    assert got["type"] == "success"
    assert got["attachments"] == []


def test_a_service_that_refuses_is_said_without_its_secrets(service, event):
    """The status is in the reason; neither password nor token is, nor in the channel's name."""
    service.status = 503
    channel = channel_of(service)
    error = channel.attempt(render([event()]))
    assert "503" in error
    for secret in ("hunter22", "tokentoken"):
        assert secret not in error + channel.id + channel.name
