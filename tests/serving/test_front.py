"""The front, before real backends on Unix sockets."""

import json
import socket
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.environments import Environment
from pipelines.errors import PlatformError
from pipelines.serving.backend import Backend, is_well
from pipelines.serving.front import MOST_BODY_BYTES, Front
from pipelines.serving.metrics import Counts
from pipelines.serving.registry import Version
from pipelines.serving.store import Stored
from tests.serving.conftest import SmallLauncher, until, write_model


@pytest.fixture
def start(tmp_path):
    """Give the function that starts a backend of the small server."""
    launcher = SmallLauncher(tmp_path / "run", tmp_path / "home", print)
    (tmp_path / "run").mkdir()

    def start(version: str, behaviour: str = "") -> Backend:
        model = write_model(tmp_path / version / "model", behaviour)
        backend = launcher.start(Stored(Version("wine", version, ""), model), Environment("sklearn"))
        until(lambda: is_well(backend))
        return backend

    yield start
    launcher.remove_leftovers()


class Client:
    """Asks the front over TCP."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, body: object = None, **headers: str) -> tuple[int, dict]:
        """Status and JSON of one answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def score(self, rows: object) -> tuple[int, dict]:
        """Ask for predictions."""
        return self.ask("/invocations", {"inputs": rows})


@pytest.fixture
def counts():
    """Give the counters."""
    return Counts("wine")


@pytest.fixture
def front(counts):
    """Give a front that listens."""
    made = Front(counts, wait_s=30.0)
    made.port = made.start("127.0.0.1", 0)
    yield made
    made.close()
    made.stop()


@pytest.fixture
def client(front):
    """Give a client of it."""
    return Client(front.port)


def test_answers_are_the_backends_own(front, client, start):
    """Status, body and errors come through as they are."""
    front.route(start("1").socket)
    assert client.ask("/ping?x=1") == (200, {"version": "1"})
    assert client.score([[1.0], [2.0]]) == (200, {"predictions": ["1", "1"]})
    front.route(start("2", "wrong").socket)
    assert client.score([[1.0]]) == (400, {"error_code": "BAD_REQUEST", "message": "no such\ncolumn"})


def test_requests_wait_for_a_backend(front, client, start):
    """Without a backend, predictions wait for one; whether it is there is answered at once."""
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(client.score, [[1.0]]) for _ in range(8)]
        assert client.ask("/ping")[0] == 503
        assert not any(answer.done() for answer in asked)
        front.route(start("1").socket)
        assert [answer.result() for answer in asked] == [(200, {"predictions": ["1"]})] * 8


def test_a_request_is_sent_again_when_its_backend_dies(front, client, start, tmp_path, counts):
    """A backend that dies before it answers costs no request; one that each request kills is an error in the end."""
    path = tmp_path / "gone"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        front.route(path)
        with ThreadPoolExecutor() as pool:
            asked = pool.submit(client.score, [[1.0]])
            taken, _ = listener.accept()
            assert taken.recv(10)
            front.route(start("1").socket)
            taken.close()
            assert asked.result() == (200, {"predictions": ["1"]})
            poison = pool.submit(client.score, "die")
            until(lambda: b'requests_total{name="wine",status="200"} 1.0' in counts.text())
            front.route(start("2").socket)
            status, said = poison.result()
    assert (status, said["error_code"]) == (502, "INTERNAL_ERROR")


def test_no_request_fails_while_backends_are_swapped(front, client, start):
    """Under load, five swaps with the old backend drained and ended each time: every answer is a prediction."""
    backend, ending = start("0"), threading.Event()
    front.route(backend.socket)

    def load() -> list[int]:
        statuses = []
        while not ending.is_set():
            statuses.append(client.score([[1.0]])[0])
        return statuses

    with ThreadPoolExecutor() as pool:
        loads = [pool.submit(load) for _ in range(4)]
        for number in range(1, 6):
            fresh = start(str(number))
            route = front.route(fresh.socket)
            assert front.drain(route)
            backend.stop()
            backend = fresh
        ending.set()
        statuses = [status for done in loads for status in done.result()]
    assert len(statuses) > 50
    assert set(statuses) == {200}


def test_too_large_a_body_is_refused_before_it_is_read(front, client):
    """A gigabyte is refused by its length; one without a length is read no further than the limit."""
    with socket.create_connection(("127.0.0.1", client.port), timeout=60) as connection:
        connection.sendall(b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        assert connection.recv(20).startswith(b"HTTP/1.1 413")
    with socket.create_connection(("127.0.0.1", client.port), timeout=60) as connection:
        connection.sendall(b"POST /invocations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"1000000\r\n" + bytes(0x1000000) + b"\r\n"
        for _ in range(MOST_BODY_BYTES // 0x1000000 + 1):
            connection.sendall(chunk)
        assert connection.recv(20).startswith(b"HTTP/1.1 413")


def test_metrics_count_what_clients_saw(front, client, start):
    """Requests by status, failures that are ours, and the time to answer."""
    front.route(start("1").socket)
    client.score([[1.0]])
    front.route(None)
    client.ask("/ping")
    with urllib.request.urlopen(f"http://127.0.0.1:{client.port}/metrics", timeout=60) as answer:
        text = answer.read().decode()
    assert 'autotweak_serving_requests_total{name="wine",status="200"} 1.0' in text
    assert 'autotweak_serving_failures_total{name="wine"} 1.0' in text
    assert 'autotweak_serving_seconds_count{name="wine"} 1.0' in text


def test_a_port_that_is_taken_is_one_line(client):
    """Two fronts cannot hold one port."""
    second = Front(Counts("wine"))
    with pytest.raises(PlatformError, match="is the port taken"):
        second.start("127.0.0.1", client.port)
    second.stop()
