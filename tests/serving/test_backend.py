"""Sockets of backends, which are not trusted; and what is not loaded before a backend answers."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.serving.backend import address, ask, forget


def test_a_link_in_the_place_of_a_socket_leads_nowhere(tmp_path: Path) -> None:
    """A backend cannot have the front talk to another socket of the machine, whenever it puts the link there."""
    with socket.socket(socket.AF_UNIX) as secret, socket.socket(socket.AF_UNIX) as own:
        secret.bind(str(tmp_path / "secret"))
        secret.listen()
        (tmp_path / "socket").symlink_to(tmp_path / "secret")
        with pytest.raises(OSError, match="not a socket"):
            ask(tmp_path / "socket", "GET", "/ping")
        (tmp_path / "socket").unlink()
        own.bind(str(tmp_path / "socket"))
        own.listen()
        assert address(tmp_path / "socket")
        (tmp_path / "socket").unlink()
        (tmp_path / "socket").symlink_to(tmp_path / "secret")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(address(tmp_path / "socket"))
            secret.setblocking(False)
            with pytest.raises(BlockingIOError):
                secret.accept()
            assert own.accept()
        forget(tmp_path / "socket")
        with pytest.raises(OSError, match="not a socket"):
            address(tmp_path / "socket")


def test_mlflow_is_not_waited_for() -> None:
    """A service that is started again has its port, and what it takes over, before MLflow is imported."""
    code = "import sys, pipelines.serving.run; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "pipelines.serving.front" in loaded
    assert not {"mlflow", "matplotlib", "apprise"} & set(loaded)
