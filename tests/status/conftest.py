"""Homes with searches in them, as drivers leave them."""

import contextlib
from functools import partial

import pytest

from tests.kept_searches import keep_search


@pytest.fixture
def make_search(tmp_path):
    """Give a function that keeps a search in the test's home."""
    return partial(keep_search, tmp_path)


@pytest.fixture
def driven():
    """Give a function that holds the lock of a search until the test ends, as its driver does."""
    with contextlib.ExitStack() as stack:
        yield lambda folder: stack.enter_context(folder.driving())
