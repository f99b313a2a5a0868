"""What services log, and what is taken from what others print."""

import pytest

from pipelines.logs import last_words


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("", "no output"),
        ("loading\nKilled: 9\n\n", "Killed: 9"),
        ("ready\n\x1b[1m1/1\x1b[0m \x1b[32m━━━━\x1b[0m 0s\b\b\b\r", "ready"),
        ("\x1b[1m1/1\x1b[0m\n", "no output"),
        ("ready\nI0000 00:00:1795809094.423760       9 port.cc:153] oneDNN custom operations are on.\n", "ready"),
        ("ready\n2026-11-27 19:51:34.4: I tensorflow/core/util/port.cc:153] oneDNN is on.\n", "ready"),
    ],
)
def test_the_last_line_is_a_line(output, said):
    """Bars and colours that were drawn for a terminal are not the reason of a death."""
    assert last_words(output) == said
