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
    ],
)
def test_the_last_line_is_a_line(output, said):
    """Bars and colours that were drawn for a terminal are not the reason of a death."""
    assert last_words(output) == said
