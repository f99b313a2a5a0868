"""Speaks MLflow's scoring protocol on a Unix socket; a file beside the model says how it behaves."""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

MODEL, SOCKET = Path(sys.argv[1]), sys.argv[2]
BEHAVIOUR = (MODEL / "behaviour").read_text()


class Server(ThreadingMixIn, UnixStreamServer):
    """Threads of a Unix socket."""

    daemon_threads = True
    request_queue_size = 128


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """The health of it."""
        self.answer(503 if BEHAVIOUR == "ill" else 200, {"version": MODEL.parent.name})

    def do_POST(self):
        """Predictions: as many as there are rows, each the version's number."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        rows = body["inputs"]
        if rows == "die" or BEHAVIOUR == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if BEHAVIOUR == "wrong":
            self.answer(400, {"error_code": "BAD_REQUEST", "message": "no such\ncolumn"})
        else:
            self.answer(200, {"predictions": [MODEL.parent.name] * len(rows)})

    def answer(self, status, said):
        """Send JSON."""
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def address_string(self):
        """A Unix socket has no address of the client."""
        return "-"

    def log_message(self, *_):
        """Say nothing."""


if BEHAVIOUR == "refuses to start":
    sys.exit("no module named lost")
server = Server(SOCKET, Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
