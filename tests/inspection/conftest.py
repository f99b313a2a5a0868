"""Folders of small scripts."""

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes files, by their relative paths, into a fresh folder and returns it."""

    def write_files(files: dict[str, str | bytes]) -> Path:
        root = tmp_path / "source"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return write_files
