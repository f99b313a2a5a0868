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
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import uv
from filelock import FileLock

from pipelines.errors import AutotweakError, PlatformError, SourceError

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
LOCK_FILE = "requirements.lock"
GPU_LOCK, GPU_INSTEAD_OF = "gpu.lock", "tensorflow-cpu"
"""What an environment has for a GPU, where it knows one, and the package of its lock file that this stands in for."""
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

_NOT_TO_BE_HAD = re.compile(
    r"No matching distribution|Could not find a version|ResolutionImpossible|No solution found|conflicting dependencies"
)
_NOT_REACHED = re.compile(r"[Cc]onnection|dns error|Temporary failure|timed out|NewConnectionError|Failed to fetch")

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Environment:
    """What trials run in, by its name, and what a source asks for beside it."""

    name: str
    extras: tuple[str, ...] = ()
    """Requirements that are added to the lock file's, which stay as they are."""
    gpu: bool = False
    """Whether it computes on a GPU; see :mod:`pipelines.gpu`."""

    @property
    def base(self) -> Environment:
        """The environment that every source of its kind shares."""
        return replace(self, extras=())

    @property
    def knows_gpus(self) -> bool:
        """Whether there is one like it for a GPU."""
        return (self.folder / GPU_LOCK).is_file()

    @property
    def locks(self) -> tuple[Path, ...]:
        """Its lock files, in the order in which they are installed."""
        return tuple(self.folder / name for name in ((LOCK_FILE, GPU_LOCK) if self.gpu else (LOCK_FILE,)))

    @property
    def names(self) -> tuple[str, ...]:
        """What is added, of any version."""
        return tuple(re.split(r"[<>=!~ ]", extra, maxsplit=1)[0] for extra in self.extras)

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
        """Of the lock files, the Dockerfile and what is added."""
        shared = _digest((*self.locks, self.folder / "Dockerfile"))
        return hashlib.sha256("\n".join([shared, *self.extras]).encode()).hexdigest()[:12] if self.extras else shared

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
        pins = self.pins()
        named = {"tensorflow-cpu": "tensorflow", "mlflow-skinny": "mlflow"}
        wanted = [name for name in MODEL_PACKAGES if name in pins]
        return tuple(sorted({*self.extras, *(f"{named.get(name, name)}=={pins[name]}" for name in wanted)}))

    def pins(self) -> dict[str, str]:
        """The lock file's versions by the names of their distributions."""
        text = (self.folder / LOCK_FILE).read_text(encoding="utf-8")
        return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, flags=re.MULTILINE))

    def constraints(self) -> str:
        """The lock files without hashes: what is added may not change them."""
        lines = [line.rstrip(" \\") for path in self.locks for line in path.read_text(encoding="utf-8").splitlines()]
        without = f"{GPU_INSTEAD_OF}==" if self.gpu else "#"
        return "\n".join(line for line in lines if line[:1].isalnum() and not line.startswith(without)) + "\n"


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
        SourceError: what the source asks for cannot be added to it; its ``log`` has the installer's words.
        PlatformError: it cannot be made.
    """
    wanted = ".".join(map(str, environment.python))
    target = environment.venv(home)
    python = target / "bin" / "python"
    with FileLock(f"{_made(target)}.lock"):
        if (target / ".complete").exists():
            return python
        say(f"making the {_called(environment)} environment (once, a few minutes at most)")
        own = environment.python == sys.version_info[:2]
        _uv(environment, "venv", "--clear", "--python", sys.executable if own else wanted, str(target))
        install = ("--compile-bytecode", "--python", str(python))
        _uv(environment.base, "pip", "sync", "--require-hashes", *install, str(environment.folder / LOCK_FILE))
        if environment.gpu:
            _uv(environment.base, "pip", "uninstall", "--python", str(python), GPU_INSTEAD_OF)
            gpu_lock = str(environment.folder / GPU_LOCK)
            _uv(environment.base, "pip", "install", "--require-hashes", *install, "--requirements", gpu_lock)
        if environment.extras:
            constraints = target / "constraints.txt"
            constraints.write_text(environment.constraints(), encoding="utf-8")
            only = ("--only-binary", ":all:", "--constraint", str(constraints))
            _added(environment, lambda wanted: _uv(environment, "pip", "install", *only, *install, *wanted), say)
        (target / ".complete").touch()
    return python


def _added(environment: Environment, add: Callable[[tuple[str, ...]], T], say: Say) -> T:
    """What comes of adding what the source asks for; where its versions are not to be had here, those that are.

    Raises:
        SourceError: no version is; the error is that of the versions asked for.
    """
    try:
        return add(environment.extras)
    except SourceError as error:
        if environment.names == environment.extras:
            raise
        say(f"{', '.join(environment.extras)} is not to be had as asked: taking other versions")
        try:
            return add(environment.names)
        except SourceError:
            raise error from None


def _called(environment: Environment) -> str:
    name = f"{environment.name} (GPU)" if environment.gpu else environment.name
    return f"{name} (with {', '.join(environment.extras)})" if environment.extras else name


def _uv(environment: Environment, *arguments: str) -> None:
    command = [uv.find_uv_bin(), *arguments, "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        hint = (
            ""
            if arguments[0] != "venv"
            else f"; install Python {'.'.join(map(str, environment.python))}, or start Docker"
        )
        raise _not_made(environment, done.stderr, hint)


def _not_made(environment: Environment, log: str, hint: str = "") -> AutotweakError:
    """The error that says why; of the source where no such package is to be had, else of the platform."""
    log = _COLOURS.sub("", log)
    lines = [line.strip() for line in log.splitlines() if line.strip()] or ["no output"]
    if environment.extras and _NOT_TO_BE_HAD.search(log) and not _NOT_REACHED.search(log):
        why = next(line for line in lines if _NOT_TO_BE_HAD.search(line)).split(" (from versions")[0][:300]
        what = f"{', '.join(environment.extras)} cannot be added to the {environment.name} environment: {why}"
        hint = "ask for what has a wheel and agrees with the environment's versions; the run has environment.log"
        error: AutotweakError = SourceError(f"{what}; {hint}")
    else:
        error = PlatformError(f"the {_called(environment)} environment cannot be made: {' '.join(lines)[-600:]}{hint}")
    error.log = log
    return error


def ensure_image(environment: Environment, client: Any, say: Say) -> str:
    """The image, built when missing; a shared one also tagged ``latest`` for ``mlflow run mlprojects/<family>``.

    Raises:
        SourceError: what the source asks for cannot be added; its ``log`` has the build's words.
        PlatformError: it cannot be built.
    """
    import docker

    try:
        image = client.images.get(environment.image)
    except docker.errors.ImageNotFound:
        base = ensure_image(environment.base, client, say) if environment.extras else ""
        say(f"building the image {environment.image} for {_called(environment)} (once, a few minutes)")
        image = _added(environment, lambda wanted: _built(environment, client, base, wanted), say)
    if environment == Environment(environment.name):
        image.tag(f"autotweak/{environment.name}", "latest")
    return environment.image


def _built(environment: Environment, client: Any, base: str, wanted: tuple[str, ...]) -> Any:
    import docker

    context = _derived_context(environment, base, wanted) if wanted else _build_context(environment)
    try:
        image, _ = client.images.build(
            fileobj=context, custom_context=True, tag=environment.image, rm=True, forcerm=True
        )
    except docker.errors.BuildError as error:
        log = "".join(str(part.get("stream", "")) for part in error.build_log if isinstance(part, dict))
        raise _not_made(environment, f"{log}\n{error.msg}") from error
    except docker.errors.APIError as error:
        raise PlatformError(f"the Docker engine refused to build: {error.explanation}") from error
    return image


_GPU_LAYER = f"""COPY {GPU_LOCK} /opt/autotweak/{GPU_LOCK}
RUN /opt/environment/bin/pip uninstall --yes {GPU_INSTEAD_OF} \\
 && /opt/environment/bin/pip install --no-cache-dir --require-hashes -r /opt/autotweak/{GPU_LOCK}
COPY mlprojects"""
"""Before the inside code, so that a change of that does not fetch gigabytes again."""


def _build_context(environment: Environment) -> io.BytesIO:
    files = {path.name: path for path in (environment.folder / "Dockerfile", *environment.locks)}
    files |= {str(path.relative_to(ROOT)): path for path in _runtime_files()}
    contents = {name: path.read_bytes() for name, path in files.items()}
    if environment.gpu:
        contents["Dockerfile"] = contents["Dockerfile"].replace(b"COPY mlprojects", _GPU_LAYER.encode(), 1)
    return _tar(contents)


def _derived_context(environment: Environment, base: str, wanted: tuple[str, ...]) -> io.BytesIO:
    """An image on top of the shared one. Wheels only: no code of a package runs while there is a network."""
    lines = (
        f"FROM {base}",
        "USER root",
        "COPY extras.txt constraints.txt /opt/autotweak/",
        "WORKDIR /opt/autotweak",
        "RUN pip install --no-cache-dir --only-binary :all: --requirement extras.txt --constraint constraints.txt",
        "WORKDIR /tmp",
        "USER 65532:65532",
    )
    texts = {"Dockerfile": lines, "extras.txt": wanted, "constraints.txt": (environment.constraints(),)}
    return _tar({name: "\n".join([*text, ""]).encode() for name, text in texts.items()})


def _tar(files: dict[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in sorted(files.items()):
            info = tarfile.TarInfo(name)  # no owner and no date: the layer cache keys on them
            info.size, info.mode = len(data), 0o644
            tar.addfile(info, io.BytesIO(data))
    buffer.seek(0)
    return buffer
