"""Environments: each has one lock file, a local virtual environment or a Docker image from it, and one family.

Both are named by the digest of what they are made of, made when first needed and used again.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import uv
from filelock import FileLock

from pipelines.errors import PlatformError

ROOT = Path(__file__).resolve().parents[1]
LOCK_FILE = "requirements.lock"
# What a model needs to be loaded again, wherever it is loaded.
MODEL_PACKAGES = (
    "mlflow-skinny",
    "scikit-learn",
    "skops",
    "cloudpickle",
    "numpy",
    "pandas",
    "scipy",
    "tensorflow-cpu",
    "tensorflow",
    "keras",
)

FAMILY_OF = {"sklearn": "sklearn", "keras": "keras", "keras2": "keras"}
"""The environments by their names, and the family whose adapter runs in each."""
NEWEST_PYTHON = {"keras2": (3, 11)}
"""Where a lock file's packages do not know every Python that the driver may run on."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Environment:
    """What trials run in, by its name."""

    name: str

    @property
    def family(self) -> str:
        """The family whose adapter runs in it."""
        return FAMILY_OF[self.name]

    @property
    def python(self) -> tuple[int, int]:
        """The Python of its local virtual environment: the driver's own where the packages know it."""
        return min(sys.version_info[:2], NEWEST_PYTHON.get(self.name, sys.version_info[:2]))

    @property
    def folder(self) -> Path:
        """Where its Dockerfile and lock file are."""
        return ROOT / "environments" / self.name

    @cached_property
    def digest(self) -> str:
        """Of the lock file and the Dockerfile."""
        return _digest((self.folder / LOCK_FILE, self.folder / "Dockerfile"))

    @cached_property
    def runtime_digest(self) -> str:
        """Of the code that runs inside."""
        return _digest(tuple(_runtime_files()))

    def venv(self, home: Path) -> Path:
        """Where its local virtual environment is; whole once there is ``.complete`` in it."""
        return home / "environments" / f"{self.name}-{self.digest}-py{''.join(map(str, self.python))}"

    @property
    def image(self) -> str:
        """Name and tag of the image: the environment and the code that runs inside."""
        return f"autotweak/{self.name}:{self.digest}-{self.runtime_digest}"

    def requirements(self) -> tuple[str, ...]:
        """Pinned requirements of a saved model, as the lock file has them."""
        text = (self.folder / LOCK_FILE).read_text(encoding="utf-8")
        pins = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, flags=re.MULTILINE))
        named = {"tensorflow-cpu": "tensorflow", "mlflow-skinny": "mlflow"}
        wanted = [name for name in MODEL_PACKAGES if name in pins]
        return tuple(sorted({f"{named.get(name, name)}=={pins[name]}" for name in wanted}))


def _runtime_files() -> list[Path]:
    return sorted((ROOT / "mlprojects").rglob("*.py"))


def _digest(files: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def ensure_runtime(environment: Environment, home: Path) -> Path:
    """A folder with the inside code and nothing else, so that a sandbox sees no other module of ours."""
    target = home / "runtime" / environment.runtime_digest
    with FileLock(f"{_made(target)}.lock"):
        if not (target / ".complete").exists():
            shutil.rmtree(target, ignore_errors=True)
            for path in _runtime_files():
                place = target / path.relative_to(ROOT)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)
            (target / ".complete").touch()
    return target


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def ensure_venv(environment: Environment, home: Path, say: Say) -> Path:
    """The Python of the virtual environment, made when missing.

    Raises:
        PlatformError: it cannot be made.
    """
    wanted = ".".join(map(str, environment.python))
    target = environment.venv(home)
    python = target / "bin" / "python"
    with FileLock(f"{_made(target)}.lock"):
        if (target / ".complete").exists():
            return python
        say(f"making the {environment.name} environment (once, a few minutes at most)")
        binary = uv.find_uv_bin()
        own = environment.python == sys.version_info[:2]
        lock = environment.folder / LOCK_FILE
        for command in (
            [binary, "venv", "--quiet", "--clear", "--python", sys.executable if own else wanted, str(target)],
            [
                binary,
                "pip",
                "sync",
                "--quiet",
                "--require-hashes",
                "--compile-bytecode",
                "--python",
                str(python),
                str(lock),
            ],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["no output"]
                reason = f"the {environment.name} environment cannot be made: {' '.join(lines)[:600]}"
                hint = "" if own or command[1] != "venv" else f"; install Python {wanted}, or start Docker"
                raise PlatformError(reason + hint)
        (target / ".complete").touch()
    return python


def ensure_image(environment: Environment, client: Any, say: Say) -> str:
    """The image, built when missing; also tagged ``latest`` for ``mlflow run mlprojects/<family>``.

    Raises:
        PlatformError: it cannot be built.
    """
    import docker

    try:
        client.images.get(environment.image).tag(f"autotweak/{environment.name}", "latest")
        return environment.image
    except docker.errors.ImageNotFound:
        say(f"building the image {environment.image} (once, a few minutes)")
    try:
        image, _ = client.images.build(
            fileobj=_build_context(environment), custom_context=True, tag=environment.image, rm=True, forcerm=True
        )
    except docker.errors.BuildError as error:
        log = [str(part.get("stream", "")).strip() for part in error.build_log if isinstance(part, dict)]
        tail = " ".join(line for line in log if line)[-500:]
        raise PlatformError(f"the image of {environment.name} cannot be built: {error.msg} {tail}") from error
    except docker.errors.APIError as error:
        raise PlatformError(f"the Docker engine refused to build: {error.explanation}") from error
    image.tag(f"autotweak/{environment.name}", "latest")
    return environment.image


def _build_context(environment: Environment) -> io.BytesIO:
    files = {"Dockerfile": environment.folder / "Dockerfile", LOCK_FILE: environment.folder / LOCK_FILE}
    files |= {str(path.relative_to(ROOT)): path for path in _runtime_files()}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, path in sorted(files.items()):
            data = path.read_bytes()
            info = tarfile.TarInfo(name)  # no owner and no date: the layer cache keys on them
            info.size, info.mode = len(data), 0o644
            tar.addfile(info, io.BytesIO(data))
    buffer.seek(0)
    return buffer
