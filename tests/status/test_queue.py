"""What waits in the queue, from the service or the tracking server, whatever these do."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pipelines.presence import WATCH, present
from pipelines.status import queue
from pipelines.status.queue import read_queue, unreachable

ENTRY = b'{"run_id": "r", "repository": "wine", "branch": "main", "commit": "abc", "accepted_ms": 1000}'


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """A home that has watched, with a store of its own."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("AUTOTWEAK_HOME", str(tmp_path))
    (tmp_path / WATCH).parent.mkdir()
    (tmp_path / WATCH).touch()
    return tmp_path


@pytest.fixture
def service(watched):
    """A service that gives one answer over real HTTP; its lock is held."""

    class Answer(BaseHTTPRequestHandler):
        status, body = 200, b'{"waiting": [' + ENTRY + b'], "running": []}'

        def do_GET(self):
            self.send_response(self.status)
            self.end_headers()
            self.wfile.write(self.body)

        def log_message(self, *_):
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server, present(watched / WATCH, "taken") as note:
        note(address=f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Answer
        server.shutdown()
        thread.join()


def test_a_home_that_has_never_watched_has_no_queue(tmp_path, monkeypatch):
    """No server is asked, also not one that is down."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert read_queue(tmp_path).waiting == ()


def test_a_server_that_is_down_is_one_line(watched, monkeypatch):
    """It says which server, without the password that stands in its address."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9/mlflow")
    found = read_queue(watched)
    assert found.waiting is None
    assert found.problem == "the tracking server at http://127.0.0.1:9: Connection refused"


def test_a_server_that_only_listens_is_waited_for_in_vain(watched, monkeypatch):
    """A connection is not an answer: after the time limit the queue is not known."""
    monkeypatch.setattr(queue, "LOAD_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        assert unreachable(uri) == ""
        found = read_queue(watched)
    assert (found.waiting, found.problem) == (None, "the tracking server did not answer within 1 s")


def test_the_service_is_asked_where_one_runs(watched, service):
    """Its answer is the queue; when it cannot read the queue itself it says why."""
    (push,) = read_queue(watched).waiting
    assert (push.repository, push.run_id, push.since) == ("wine", "r", "1970-01-01T00:00:01Z")
    service.status, service.body = 503, b'{"error": "the tracking server could not keep the queue: gone"}'
    assert read_queue(watched).problem == "the tracking server could not keep the queue: gone"
    service.status, service.body = 200, b"not JSON"
    assert read_queue(watched).problem.startswith("autotweak watch does not answer at http://127.0.0.1")
