"""What the services log: one JSON object a line."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

_PLAIN = set(vars(logging.makeLogRecord({})))


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, event, and what the event is about."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        about = {name: value for name, value in vars(record).items() if name not in _PLAIN and name != "message"}
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {"time": f"{stamp}Z", "level": record.levelname.lower(), "event": record.getMessage(), **about}
        return json.dumps(line, default=str, ensure_ascii=False)


@contextmanager
def json_lines() -> Iterator[None]:
    """Log what our services say on standard error, a JSON object a line."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    log = logging.getLogger("autotweak")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
