"""The artifacts of a server as plain files: in a folder, or in a bucket."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

from pipelines.errors import PlatformError
from pipelines.sources.s3 import Bucket, checked


class Files(Protocol):
    """Files by their names: relative, with slashes."""

    def prepare(self) -> list[str]:
        """Make the place where it is not there; what is worth saying about that.

        Raises:
            PlatformError: it cannot be made, or not be written.
        """

    def names(self, below: str = "") -> Iterator[str]:
        """The names of all files, or of those in one folder."""

    def get(self, name: str, into: Path) -> None:
        """Copy a file out."""

    def put(self, name: str, file: Path) -> None:
        """Copy a file in."""

    def remove(self, name: str) -> None:
        """Delete a file."""


@dataclass(frozen=True)
class Folder:
    """A folder on this machine."""

    root: Path

    def prepare(self) -> list[str]:
        """Make the folder."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.root):
                return []
        except OSError as error:
            raise PlatformError(f"artifacts cannot be kept in {self.root}: {error.strerror}") from error

    def names(self, below: str = "") -> Iterator[str]:
        """The files below, links left out: they may lead anywhere."""
        for path in sorted((self.root / below).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(self.root).as_posix()

    def get(self, name: str, into: Path) -> None:
        """Copy a file out."""
        shutil.copyfile(self.root / name, into)

    def put(self, name: str, file: Path) -> None:
        """Copy a file in, below the root only."""
        path = self.root / checked(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, path)

    def remove(self, name: str) -> None:
        """Delete a file, and the folders that it leaves empty."""
        path = self.root / checked(name)
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self.root or any(folder.iterdir()):
                break
            folder.rmdir()


@dataclass(frozen=True)
class Objects:
    """A bucket."""

    bucket: Bucket

    def prepare(self) -> list[str]:
        """Make the bucket, and have it tidy itself."""
        made = [f"made the bucket {self.bucket.name}"] if self.bucket.ensure() else []
        self.bucket.require_writable()
        untidy = f"no lifecycle rule for {self.bucket.name}: uploads that broke off stay until you remove them"
        return made if self.bucket.tidy() else [*made, untidy]

    def names(self, below: str = "") -> Iterator[str]:
        """The keys below."""
        yield from (key for key, _ in self.bucket.sizes(f"{below}/" if below else ""))

    def get(self, name: str, into: Path) -> None:
        """Download an object."""
        self.bucket.get(name, into)

    def put(self, name: str, file: Path) -> None:
        """Upload a file."""
        self.bucket.put(checked(name), file)

    def remove(self, name: str) -> None:
        """Delete an object."""
        self.bucket.remove(name)


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
