"""A Git server over HTTP: ``git http-backend`` behind a small server, and a developer who pushes to it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).resolve().parents[2]
_PASSED = {"Content-Type": "CONTENT_TYPE", "Content-Encoding": "HTTP_CONTENT_ENCODING", "Git-Protocol": "GIT_PROTOCOL"}


class _Backend(BaseHTTPRequestHandler):
    root: Path

    def do_GET(self) -> None:
        """What Git asks with GET and with POST is both the backend's."""
        path, _, query = self.path.partition("?")
        cgi = {"GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "ada"}
        cgi |= {"REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": query}
        cgi |= {name: self.headers[header] for header, name in _PASSED.items() if header in self.headers}
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        cgi |= {"CONTENT_LENGTH": str(len(body))}
        command = ["git", "http-backend"]
        said = subprocess.run(command, input=body, capture_output=True, env={**os.environ, **cgi}, check=True).stdout
        head, _, content = said.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - the library's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def git_server(root: Path) -> Iterator[str]:
    """Serve the repositories below ``root``; the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Backend", (_Backend,), {"root": root}))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


class Developer:
    """A clone, and pushes from it; the bare repository tells the service of each with the hook of docs/watch.md."""

    def __init__(self, root: Path, server: str, name: str, secret: Path, hooks: str) -> None:
        bare, self._clone = root / f"{name}.git", root / f"{name}-clone"
        self.url = f"{server}/{bare.name}"
        _git(root, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        page = (ROOT / "docs" / "watch.md").read_text(encoding="utf-8")
        found = re.search(r"```sh\n(#!/bin/sh\n.*?)```", page, re.DOTALL)
        assert found is not None
        script = found[1].replace("/etc/autotweak/wine.secret", str(secret))
        hook = bare / "hooks" / "post-receive"
        hook.write_text(script.replace("https://YOUR-HOST/hooks/wine", f"{hooks}/hooks/{name}"), encoding="utf-8")
        hook.chmod(0o755)
        _git(root, "clone", "--quiet", self.url, str(self._clone))

    def push(self, script: str, subject: str) -> str:
        """Commit and push; the commit. Whether the service hears of it is the hook's."""
        (self._clone / "train.py").write_text(script, encoding="utf-8")
        _git(self._clone, "add", ".")
        _git(self._clone, "commit", "--quiet", "-m", subject)
        _git(self._clone, "push", "--quiet", "origin", "HEAD:main")
        return _git(self._clone, "rev-parse", "HEAD")


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
