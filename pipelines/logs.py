"""Logs of what runs as a service: one JSON object a line on standard error; and what others have said last."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

_CHATTER = re.compile(r"[IW]\d{4} |\d{4}-\d\d-\d\d .{,30}: [IW] ")
"""How TensorFlow begins a line of information, or a warning: no reason of anything."""
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
def json_lines(name: str) -> Iterator[logging.Logger]:
    """The logger of one service, whose lines go to standard error while the service runs."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    log = logging.getLogger(name)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield log
    finally:
        log.removeHandler(handler)


def last_words(output: str) -> str:
    """The last line that a program has said; what it drew for a terminal (bars, colours), and chatter, are no lines."""
    lines = (line.strip() for line in reversed(output.splitlines()))
    said = (line for line in lines if line and line.isprintable() and not _CHATTER.match(line))
    return next(said, "no output")
