"""Environments are named by what they are made of."""

import re
import shutil
import sys
import tarfile

import pytest

from pipelines import environments
from pipelines.environments import Environment, ensure_runtime, ensure_venv
from pipelines.errors import PlatformError, SourceError


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Give a copy of what environments are made of."""
    for folder in ("environments", "mlprojects"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(environments.ROOT / folder, tmp_path / "root" / folder, ignore=ignore)
    monkeypatch.setattr(environments, "ROOT", tmp_path / "root")
    return tmp_path / "root"


def test_the_lock_file_changes_environment_and_image(root):
    """Another pin is another environment; the code inside stays the same."""
    before = Environment("sklearn")
    digests = (before.digest, before.runtime_digest, before.image)
    with (root / "environments" / "sklearn" / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    after = Environment("sklearn")
    assert after.digest != digests[0]
    assert after.runtime_digest == digests[1]
    assert after.image != digests[2]


def test_the_dockerfile_changes_the_environment(root):
    """So does another way of building it."""
    before = Environment("keras").digest
    with (root / "environments" / "keras" / "Dockerfile").open("a") as file:
        file.write("# changed\n")
    assert Environment("keras").digest != before


def test_a_gpu_changes_nothing_where_there_is_none(root):
    """What is locked for a GPU makes an environment of its own, and leaves the digest of the other as it is."""
    before, with_gpu = Environment("keras"), Environment("keras", gpu=True)
    digests = (before.digest, with_gpu.digest)
    with (root / "environments" / "keras" / "gpu.lock").open("a") as lock:
        lock.write("# changed\n")
    assert Environment("keras").digest == digests[0]
    assert Environment("keras", gpu=True).digest not in (*digests, Environment("keras", ("a",), gpu=True).digest)
    assert [name for name in environments.FAMILY_OF if Environment(name).knows_gpus] == ["keras"]


def test_a_gpu_has_the_same_packages_but_one():
    """All that both lock files name is of one version; TensorFlow with CUDA stands in for the one without."""
    with_gpu = Environment("keras", gpu=True)
    lock = (with_gpu.folder / environments.GPU_LOCK).read_text()
    pins, base = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE)), with_gpu.pins()
    assert pins["tensorflow"] == base[environments.GPU_INSTEAD_OF]
    assert {name for name in pins if base.get(name, pins[name]) != pins[name]} == set()
    assert {name for name in pins if name not in base and not name.startswith("nvidia-")} == set()
    constraints = with_gpu.constraints().splitlines()
    assert f"tensorflow=={pins['tensorflow']}" in constraints
    assert not [line for line in constraints if line.startswith(environments.GPU_INSTEAD_OF)]


def test_the_image_for_a_gpu_fetches_it_before_the_code():
    """Its layer is the one after the shared ones: a change of the code inside does not fetch CUDA again."""
    with tarfile.open(fileobj=environments._build_context(Environment("keras", gpu=True))) as tar:
        lines = tar.extractfile("Dockerfile").read().decode().splitlines()
        assert "gpu.lock" in tar.getnames()
    plain = (Environment("keras").folder / "Dockerfile").read_text().splitlines()
    added = [line for line in lines if line not in plain]
    assert [line for line in lines if line not in added] == plain
    assert "uninstall --yes tensorflow-cpu" in added[1]
    assert lines.index(added[-1]) + 1 == lines.index("COPY mlprojects /opt/autotweak/mlprojects")


@pytest.mark.parametrize("name", ["sandbox/runner.py", "sklearn/new.py"])
def test_the_code_inside_changes_the_image_only(root, name):
    """Changed or new code gives another image on the same environment."""
    before = Environment("sklearn")
    digests = (before.digest, before.runtime_digest, before.image)
    with (root / "mlprojects" / name).open("a") as file:
        file.write("# changed\n")
    after = Environment("sklearn")
    assert after.digest == digests[0]
    assert after.runtime_digest != digests[1]
    assert after.image != digests[2]


def test_the_same_files_give_the_same_names(root, tmp_path, monkeypatch):
    """Names do not depend on where the files are."""
    before = Environment("sklearn")
    names = (before.digest, before.runtime_digest)
    shutil.copytree(root, tmp_path / "again")
    monkeypatch.setattr(environments, "ROOT", tmp_path / "again")
    after = Environment("sklearn")
    assert (after.digest, after.runtime_digest) == names


def test_environments_are_told_apart(root):
    """No two share a name, and each has its family, whose adapter runs in it."""
    assert len({Environment(name).digest for name in environments.FAMILY_OF}) == 3
    assert [Environment(name).family for name in ("sklearn", "keras", "keras2")] == ["sklearn", "keras", "keras"]
    assert {path.name for path in (root / "environments").iterdir() if (path / "Dockerfile").exists()} == set(
        environments.FAMILY_OF
    )
    assert Environment("keras2").image.startswith("autotweak/keras2:")
    assert re.fullmatch(r"autotweak/keras:[0-9a-f]{12}-[0-9a-f]{12}", Environment("keras").image)


@pytest.mark.parametrize(
    ("family", "framework"), [("sklearn", "scikit-learn"), ("keras", "tensorflow"), ("keras2", "keras")]
)
def test_requirements_of_a_model_are_pinned_as_the_lock_has_them(family, framework):
    """Each is one exact version from the lock file, and the framework is among them."""
    lock = (Environment(family).folder / "requirements.lock").read_text()
    requirements = Environment(family).requirements()
    pins = dict(requirement.split("==") for requirement in requirements)
    assert {framework, "mlflow", "numpy"} <= set(pins)
    assert list(requirements) == sorted(requirements)
    for name, version in pins.items():
        locked = {"mlflow": "mlflow-skinny", "tensorflow": "tensorflow(-cpu)?"}.get(name, name)
        assert re.search(rf"^{locked}=={re.escape(version)}[ ;\\\n]", lock, flags=re.MULTILINE)


@pytest.mark.parametrize("family", ["sklearn", "keras", "keras2", "driver"])
def test_every_locked_package_has_hashes(family):
    """Nothing is installed whose content is not known."""
    lock = (environments.ROOT / "environments" / family / "requirements.lock").read_text()
    packages = re.findall(r"^[A-Za-z0-9][^\n]*(?:\n[ \t]+[^\n]*)*", lock, flags=re.MULTILINE)
    assert len(packages) > 10
    assert all("==" in package and "--hash=sha256:" in package for package in packages)


def test_an_environment_may_need_an_older_python_than_the_driver():
    """TensorFlow 2.12 knows no Python newer than 3.11; the others take the driver's own."""
    assert Environment("keras2").python == (3, 11)
    assert Environment("keras").python == sys.version_info[:2]


def test_a_python_that_cannot_be_had_is_one_line(root, tmp_path, monkeypatch):
    """The error says which Python is wanted and that Docker would do."""
    monkeypatch.setitem(environments.NEWEST_PYTHON, "keras2", (3, 5))
    with pytest.raises(
        PlatformError, match=r"^the keras2 environment cannot be made: .*; install Python 3\.5, or start"
    ):
        ensure_venv(Environment("keras2"), tmp_path, print)


def test_the_runtime_is_the_inside_code_and_nothing_else(root, tmp_path):
    """The folder that a sandbox imports from has no module of the driver, and is made once for the same code."""
    target = ensure_runtime(Environment("sklearn"), tmp_path / "home")
    files = {path.relative_to(target).as_posix() for path in target.rglob("*.py")}
    assert "mlprojects/sandbox/runner.py" in files
    assert all(name.startswith("mlprojects/") for name in files)
    (target / "mlprojects" / "mark").touch()
    assert ensure_runtime(Environment("sklearn"), tmp_path / "home") == target
    assert (target / "mlprojects" / "mark").exists()


def test_a_runtime_that_was_cut_off_is_made_anew(root, tmp_path):
    """Without its last mark, what is there is not used."""
    target = ensure_runtime(Environment("sklearn"), tmp_path / "home")
    (target / ".complete").unlink()
    (target / "mlprojects" / "sandbox" / "runner.py").unlink()
    ensure_runtime(Environment("sklearn"), tmp_path / "home")
    assert (target / "mlprojects" / "sandbox" / "runner.py").exists()


def test_the_build_context_is_the_same_each_time(root):
    """Its bytes depend on the files only, so that layers are found again."""
    contexts = [environments._build_context(Environment("sklearn")) for _ in range(2)]
    assert contexts[0].getvalue() == contexts[1].getvalue()
    with tarfile.open(fileobj=contexts[0]) as tar:
        names = tar.getnames()
    assert {"Dockerfile", "requirements.lock", "mlprojects/sandbox/supervisor.py"} <= set(names)
    assert not [name for name in names if name.startswith("pipelines")]


def test_versions_that_are_not_to_be_had_give_way():
    """To others of the same packages, which is said; what no version would mend fails with what was asked for."""
    asked, said = [], []

    def add(wanted):
        asked.append(wanted)
        if wanted != ("tabulate",):
            raise SourceError(f"{wanted} is not to be had")
        return "made"

    assert environments._added(Environment("sklearn", ("tabulate==99",)), add, said.append) == "made"
    assert asked == [("tabulate==99",), ("tabulate",)]
    assert said == ["tabulate==99 is not to be had as asked: taking other versions"]
    for extras in (("nowhere==1",), ("nowhere",)):
        with pytest.raises(SourceError, match=str(extras[0])):
            environments._added(Environment("sklearn", extras), add, said.append)
