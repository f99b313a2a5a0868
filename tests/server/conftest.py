"""What the tests of the server share."""

import socket

import pytest


@pytest.fixture
def unused_port():
    """Give a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
