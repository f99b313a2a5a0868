"""What a source asks for beside its environment."""

import pytest

from pipelines.environments import Environment
from pipelines.sources.requirements import extra_requirements, stated

PINNED = ("numpy", "scikit-learn", "tensorflow-cpu", "mlflow-skinny", "opencv-python-headless", "pillow")


@pytest.fixture
def source(tmp_path):
    """Give a function that writes a source's files."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_txt", ".txt").replace("_py", ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_what_is_imported_and_missing_is_added(source):
    """A package that the entry or one of its modules imports is asked for as the source states it."""
    root = source(
        train_py="import emoji\nfrom helper import f\n",
        helper_py="def f():\n    import humanize.time\n",
        requirements_txt="emoji >= 2  # smileys\nhumanize[extra]\nunused\n",
    )
    assert extra_requirements(root, "train.py", PINNED) == ("emoji>=2", "humanize[extra]")


@pytest.mark.parametrize(
    "line", ["numpy==1.18", "tensorflow==2.3", "tensorflow-gpu", "sklearn", "mlflow", "opencv-python", "Pillow<9"]
)
def test_what_the_environment_has_stays_as_it_is(source, line):
    """Another version or name of a package that is there adds nothing."""
    modules = "import numpy, tensorflow, sklearn, mlflow, cv2, PIL\n"
    assert extra_requirements(source(train_py=modules, requirements_txt=line), "train.py", PINNED) == ()


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        "-r other.txt",
        "--extra-index-url https://example.org/simple",
        "git+https://example.org/emoji.git",
        "emoji @ https://example.org/emoji.whl",
        "./emoji",
        "emoji==2 ; sys_platform == 'win32'",
        "emoji=>2",
        'emoji; sys_platform ~= "linux"',
        'emoji; "a" in extras',
    ],
)
def test_addresses_paths_and_options_are_not_taken(source, line):
    """Pushed files name packages only; where they come from is the machine's business."""
    assert extra_requirements(source(train_py="import emoji\n", requirements_txt=line), "train.py", PINNED) == ()


def test_project_and_conda_files_are_read(tmp_path):
    """pyproject.toml and environment.yml state requirements as well."""
    (tmp_path / "train.py").write_text("import emoji, humanize, lightning_utils\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\ndependencies = ["emoji>=2"]\n')
    (tmp_path / "environment.yml").write_text("dependencies:\n- humanize=4.9=py_0\n- pip:\n  - lightning-utils\n")
    assert extra_requirements(tmp_path, "train.py", PINNED) == ("emoji>=2", "humanize==4.9", "lightning-utils")


def test_the_nearest_file_counts(source):
    """A script's own folder goes before the folders above."""
    root = source(requirements_txt="far", net__train_py="import near", net__requirements_txt="near")
    assert [asked.name for asked in stated(root, "net/train.py")] == ["near"]


@pytest.mark.parametrize("data", ["emoji".encode("utf-16"), b"\xef\xbb\xbfemoji", b"emoji\r\n\xff\n"])
def test_files_are_read_as_editors_write_them(tmp_path, data):
    """UTF-16 of PowerShell, byte-order marks and stray bytes are no obstacle."""
    (tmp_path / "requirements.txt").write_bytes(data)
    assert "emoji" in [asked.name for asked in stated(tmp_path, "train.py")]


@pytest.mark.parametrize("text", ["{", "dependencies: 3", "- a", "", "a: 2020-13-45"])
def test_broken_files_ask_for_nothing(tmp_path, text):
    """A file that is not what its name says is passed over."""
    for name in ("pyproject.toml", "environment.yml"):
        (tmp_path / name).write_text(text)
    assert stated(tmp_path, "train.py") == []


def test_extras_make_another_environment():
    """What is added is in the digest and in the saved model's requirements, and the pins stay constraints."""
    base, more = Environment("sklearn"), Environment("sklearn", ("emoji>=2",))
    assert more.base == base
    assert more.digest != base.digest
    assert set(more.requirements()) == {*base.requirements(), "emoji>=2"}
    assert f"numpy=={base.pins()['numpy']}" in more.constraints().splitlines()
    assert "--hash" not in more.constraints()
