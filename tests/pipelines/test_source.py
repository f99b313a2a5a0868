"""Where the code comes from."""

import os

import git
import pytest

from pipelines.errors import PlatformError, SourceError, UsageError
from pipelines.sources.source import _parse, fetch, tree_digest

SCRIPT = "from sklearn.svm import SVC\n"


@pytest.fixture
def get(tmp_path):
    """Give a function that fetches into a fresh folder and returns the source and that folder."""
    counter = iter(range(99))

    def run(given, ref=None, target_column=""):
        into = tmp_path / f"into{next(counter)}"
        return fetch(str(given), into, tmp_path / "cache", ref, target_column), into

    return run


def names(folder):
    """Relative paths of all files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Give a repository with two commits on main, the tag v1 on the first, and a branch feature/x."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "a")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@example.org")
    folder = tmp_path / "project"
    repo = git.Repo.init(folder, initial_branch="main")
    (folder / "train.py").write_text("VERSION = 1\n")
    repo.index.add(["train.py"])
    first = repo.index.commit("first")
    repo.create_tag("v1", message="annotated")
    (folder / "train.py").write_text("VERSION = 2\n")
    repo.index.add(["train.py"])
    repo.index.commit("second")
    repo.create_head("feature/x", first)
    return repo


def test_links_that_lead_back_are_not_followed(make_files, tmp_path, get):
    """A link to a folder around it, to itself or in a ring is left out; a link to data elsewhere comes along."""
    root = make_files(tmp_path / "wine", {"train.py": SCRIPT, "a/x.txt": "", "b/y.txt": ""})
    elsewhere = make_files(tmp_path / "data", {"wine.csv": "1"})
    links = {"up": "..", "a/root": root, "itself.py": "itself.py", "a/ring": root / "b", "b/ring": root / "a"}
    for place, target in (links | {"data": elsewhere}).items():
        (root / place).symlink_to(target)
    _, into = get(root)
    assert {"train.py", "a/x.txt", "b/y.txt", "data/wine.csv"} <= set(names(into))
    assert {"up", "root", "itself.py"}.isdisjoint(path.name for path in into.rglob("*"))


def test_a_folder_is_copied_without_what_is_made_from_it(make_files, tmp_path, get):
    """Files come along; environments, caches and old runs do not."""
    made = {"train.py": SCRIPT, "data/a.csv": "1", "src/b.py": "", ".hidden": "x"}
    left = {"venv/x.py": "", "__pycache__/a.pyc": "", "mlruns/0/meta.yaml": "", "src/__pycache__/b.pyc": ""}
    root = make_files(tmp_path / "wine", made | left)
    source, into = get(root)
    assert names(into) == sorted(made)
    assert (source.name, source.entry, source.commit, source.given) == ("wine", None, None, str(root))
    assert source.pinned == str(root)
    assert source.digest == tree_digest(into)


def test_a_digest_is_of_names_and_contents(make_files, tmp_path):
    """Equal trees have one digest; another name or another byte makes another."""
    trees = [{"a.py": "x"}, {"a.py": "x"}, {"b.py": "x"}, {"a.py": "y"}, {"a.py": "x", "b": ""}]
    digests = [tree_digest(make_files(tmp_path / str(n), tree)) for n, tree in enumerate(trees)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


def test_a_script_comes_with_what_it_imports_and_names(make_files, tmp_path, get):
    """Local modules, their modules, and files and folders named in strings; nothing else from the folder."""
    script = (
        "import helper\nfrom package import part\nimport numpy\n"
        "open('data/train.csv')\npath = 'images/'\nurl = '../secret.txt'\nnothing = ''\n"
    )
    wanted = {
        "train.py": script,
        "helper.py": "import deep\nTABLE = 'table.json'\n",
        "deep.py": "",
        "table.json": "{}",
        "package/__init__.py": "",
        "package/part.py": "",
        "data/train.csv": "1",
        "images/a/b.png": "x",
        "autotweak.yaml": "seed: 1\n",
    }
    root = make_files(tmp_path / "many", wanted | {"other.py": "", "data/huge.bin": "x", "notes.txt": ""})
    make_files(tmp_path, {"secret.txt": "s"})
    source, into = get(root / "train.py")
    assert names(into) == sorted(wanted)
    assert (source.name, source.entry) == ("train", "train.py")


@pytest.mark.parametrize(
    "line",
    ["from helpers.data import load", "import helpers.data", "from helpers import data", "import helpers.data as d"],
)
def test_a_package_comes_with_its_own_imports(make_files, tmp_path, get, line):
    """A package that a script imports from is there with its ``__init__`` and what its modules import of it."""
    wanted = {
        "train.py": line + "\n",
        "helpers/__init__.py": "",
        "helpers/data.py": "from .util import f\nfrom . import more\ndef load(): pass\n",
        "helpers/util.py": "def f(): pass\n",
        "helpers/more.py": "",
    }
    root = make_files(tmp_path / "many", wanted | {"other.py": ""})
    assert names(get(root / "train.py")[1]) == sorted(wanted)


@pytest.mark.parametrize(
    "text", ["x = (", "print 'python 2'", "\0", "x = '" + "a" * 5000 + "'", "a" * 300 + " = '\\udc80'"]
)
def test_a_script_that_cannot_be_read_is_copied_alone(make_files, tmp_path, get, text):
    """What is wrong with it is found later, by reading it."""
    root = make_files(tmp_path / "odd", {"train.py": text})
    assert names(get(root / "train.py")[1]) == ["train.py"]


def test_dangling_links_do_no_harm(make_files, tmp_path, get):
    """A link to nothing is left out, of a folder and of a folder that a script names."""
    root = make_files(tmp_path / "links", {"train.py": "open('data/a.csv')\nd = 'data'\n", "data/a.csv": "1"})
    (root / "data" / "gone").symlink_to(root / "nowhere")
    assert names(get(root)[1]) == ["data/a.csv", "train.py"]
    assert names(get(root / "train.py")[1]) == ["data/a.csv", "train.py"]


def test_a_pipe_in_a_folder_is_said(make_files, tmp_path, get):
    """A folder with something that cannot be copied is refused with a reason that names it."""
    root = make_files(tmp_path / "pipes", {"train.py": SCRIPT})
    os.mkfifo(root / "fifo")
    with pytest.raises(SourceError, match="fifo"):
        get(root)


@pytest.mark.parametrize("given", ["nowhere", "nowhere.py", "sklearn:nothing", "keras:table.csv", "sklearn:", "./a@b"])
def test_what_is_not_there(get, given):
    """It is wrong usage, and the line shows what was given."""
    with pytest.raises(UsageError) as caught:
        get(given)
    assert given.split(":")[-1] in str(caught.value)


def test_an_empty_folder(tmp_path, get):
    """It is said to be empty."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="empty"):
        get(tmp_path / "empty")


def test_a_file_that_is_no_script(make_files, tmp_path, get):
    """Another kind of file is wrong usage."""
    make_files(tmp_path, {"data.csv": "1"})
    with pytest.raises(UsageError, match="neither a Python script nor a notebook"):
        get(tmp_path / "data.csv")


def test_a_built_in_project(get):
    """The trainers of both families are there as ordinary scripts, with the data set as an argument."""
    source, into = get("sklearn:wine")
    assert names(into) == ["datasets.py", "train_keras.py", "train_sklearn.py"]
    assert (source.name, source.entry, source.pinned) == ("sklearn-wine", "train_sklearn.py", "sklearn:wine")
    assert source.argv == ("--data", "wine", "--target-column", "")
    assert source.digest


def test_a_built_in_project_on_a_table(make_files, tmp_path, get):
    """The table comes along, and its path is pinned."""
    make_files(tmp_path, {"my flowers.csv": "a,b\n1,2\n"})
    source, into = get(f"keras:{tmp_path}/my flowers.csv", target_column="b")
    assert (into / "data" / "my flowers.csv").read_text() == "a,b\n1,2\n"
    assert source.argv == ("--data", "data/my flowers.csv", "--target-column", "b")
    assert (source.name, source.entry) == ("keras-my flowers", "train_keras.py")
    assert source.pinned == f"keras:{tmp_path}/my flowers.csv"


# -- Git ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ref", "version"), [("main", 2), ("feature/x", 1), ("v1", 1), ("HEAD~1", 1), ("commit", 1), ("short", 1)]
)
@pytest.mark.parametrize("way", ["@", "#", "option"])
def test_a_repository_at_a_ref(repository, get, ref, version, way):
    """Branch, tag and commit, behind the path or as an option, give the files of that commit."""
    first = repository.tags["v1"].commit.hexsha
    ref = {"commit": first, "short": first[:8]}.get(ref, ref)
    place = repository.working_dir
    source, into = get(place, ref=ref) if way == "option" else get(f"{place}{way}{ref}")
    assert (into / "train.py").read_text() == f"VERSION = {version}\n"
    assert source.commit == repository.commit(ref).hexsha
    assert source.pinned == f"{place}@{source.commit}"
    assert source.name == "project"
    # A commit that is the newest one of a branch is of that branch: so a push is fetched.
    assert source.branch == {"main": "main", "feature/x": "feature/x", first: "feature/x"}.get(ref, "")
    assert (source.author, source.subject) == ("a <a@example.org>", "second" if version == 2 else "first")
    assert names(into) == ["train.py"]


def test_what_is_pinned_gives_the_same_files(repository, get):
    """Fetching what a source says of itself is fetching it again."""
    first, _ = get(f"{repository.working_dir}@v1")
    again, _ = get(first.pinned)
    assert (again.commit, again.digest) == (first.commit, first.digest)
    assert first.digest


@pytest.mark.parametrize("address", ["path", "file"])
def test_a_bare_repository(repository, tmp_path, get, address):
    """By its path or its address, at its default branch or at a ref, it is fetched with a digest."""
    bare = tmp_path / "hub" / "wine.git"
    repository.clone(str(bare), bare=True)
    given = str(bare) if address == "path" else f"file://{bare}"
    source, into = get(given)
    assert (into / "train.py").read_text() == "VERSION = 2\n"
    assert (source.name, source.commit) == ("wine", repository.head.commit.hexsha)
    assert source.digest == tree_digest(into)
    assert (get(f"{given}@v1")[1] / "train.py").read_text() == "VERSION = 1\n"


def test_a_clean_work_tree_is_its_commit(repository, get):
    """A folder that is exactly a commit is pinned to it."""
    source, _ = get(repository.working_dir)
    assert source.commit == repository.head.commit.hexsha
    assert (source.branch, source.author, source.subject) == ("main", "a <a@example.org>", "second")


@pytest.mark.parametrize("change", ["edited", "new", "ignored"])
def test_a_work_tree_with_more_than_its_commit_is_not_pinned(repository, make_files, tmp_path, get, change):
    """Files that the commit has not, ignored data included, are copied; the commit would not bring them back."""
    if change == "ignored":
        make_files(tmp_path / "project", {".gitignore": "data/\n"})
        repository.index.add([".gitignore"])
        repository.index.commit("third")
    name = {"edited": "train.py", "new": "more.py", "ignored": "data/a.csv"}[change]
    make_files(tmp_path / "project", {name: "changed"})
    source, into = get(repository.working_dir)
    assert (into / name).read_text() == "changed"
    assert "@" not in source.pinned


def test_an_unknown_ref(repository, get):
    """The branches that there are are named."""
    with pytest.raises(SourceError, match="no branch, tag or commit 'v9'; branches: ") as caught:
        get(f"{repository.working_dir}@v9")
    assert "main" in str(caught.value)


def test_a_ref_of_a_plain_folder(make_files, tmp_path, get):
    """Only repositories have refs."""
    root = make_files(tmp_path / "plain", {"train.py": SCRIPT})
    with pytest.raises(UsageError, match="only a Git repository"):
        get(root, ref="main")


def test_an_empty_repository(tmp_path, get):
    """A repository without a commit is the source's fault, not ours."""
    git.Repo.init(tmp_path / "hub.git", bare=True)
    with pytest.raises(SourceError, match="empty repository"):
        get(tmp_path / "hub.git")


def test_a_repository_that_cannot_be_reached(tmp_path, get):
    """It is said in one line where and why."""
    with pytest.raises(PlatformError, match="cannot be fetched") as caught:
        get(f"file://{tmp_path}/nowhere.git")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", ["ext::sh -c touch% /tmp/x", "--upload-pack=touch x", "-h"])
def test_addresses_that_would_run_something(get, given):
    """A transport that starts a program, or an option in an address's place, is never given to Git."""
    with pytest.raises(UsageError):
        get(given)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside"])
def test_a_repository_with_a_link_to_the_outside(repository, tmp_path, get, target):
    """A link that leaves the checkout is refused, and the reason says which."""
    (tmp_path / "project" / "escape").symlink_to(target)
    repository.index.add(["escape"])
    commit = repository.index.commit("link")
    with pytest.raises(SourceError, match="escape"):
        get(f"{repository.working_dir}@{commit.hexsha}")


def test_a_link_inside_a_repository(repository, tmp_path, get):
    """A link within the checkout stays one."""
    (tmp_path / "project" / "alias.py").symlink_to("train.py")
    repository.index.add(["alias.py"])
    commit = repository.index.commit("link")
    assert (get(f"{repository.working_dir}@{commit.hexsha}")[1] / "alias.py").read_text() == "VERSION = 2\n"


def test_a_commit_that_is_known_is_not_asked_for(repository, tmp_path, get):
    """Its files come from the mirror, also when the repository is gone or was rewritten; anything else is asked for."""
    commit = repository.head.commit.hexsha
    given = f"file://{repository.working_dir}"
    get(given, ref="main")
    repository.index.commit("third")
    assert get(given, ref="main")[0].subject == "third"
    repository.git.reset("--hard", "v1")
    assert get(given)[0].commit == repository.head.commit.hexsha
    (tmp_path / "project").rename(tmp_path / "moved")
    source, into = get(given, ref=commit)
    assert (source.subject, names(into)) == ("second", ["train.py"])
    with pytest.raises(PlatformError, match="cannot be fetched"):
        get(given, ref="main")


def test_the_default_branch_is_followed(repository, get):
    """HEAD is what it is now: another branch, or no branch at all; a branch that is gone is gone."""
    given = f"file://{repository.working_dir}"
    assert get(given)[0].branch == "main"
    repository.git.checkout("feature/x")
    assert get(given)[0].branch == "feature/x"
    repository.git.checkout("--detach", "v1")
    repository.git.branch("-D", "main")
    source, _ = get(given)
    assert (source.branch, source.commit) == ("", repository.commit("v1").hexsha)
    with pytest.raises(SourceError, match="no branch, tag or commit 'main'"):
        get(given, ref="main")


def test_a_damaged_mirror_is_made_anew(repository, tmp_path, get):
    """What a power cut has left of the cache holds nothing up."""
    given = f"file://{repository.working_dir}"
    get(given)
    (kept,) = (tmp_path / "cache").glob("*.git")
    for path in [path for path in (kept / "objects").rglob("*") if path.is_file()]:
        path.chmod(0o600)
        path.write_bytes(b"")
    assert get(given, ref=repository.head.commit.hexsha)[0].subject == "second"


@pytest.mark.parametrize(
    ("given", "place", "ref"),
    [
        ("git@host:group/repo.git", "git@host:group/repo.git", None),
        ("git@host:group/repo.git@v1", "git@host:group/repo.git", "v1"),
        ("git@host:group/repo.git#feature/x", "git@host:group/repo.git", "feature/x"),
        ("https://user@host/repo.git", "https://user@host/repo.git", None),
        ("https://user@host/repo.git@v1", "https://user@host/repo.git", "v1"),
        ("https://user:secret@host:8443/repo", "https://user:secret@host:8443/repo", None),
        ("https://host/repo@feature/x", "https://host/repo", "feature/x"),
        ("https://host/repo.git#v1", "https://host/repo.git", "v1"),
        ("ssh://git@host:22/group/repo", "ssh://git@host:22/group/repo", None),
        ("ssh://git@host:22/group/repo@abc123", "ssh://git@host:22/group/repo", "abc123"),
        ("nowhere@v1", "nowhere@v1", None),
        ("https://host/repo@", "https://host/repo@", None),
    ],
)
def test_addresses_and_refs(given, place, ref):
    """The @ of a user is part of the address; one behind the repository's name says the ref."""
    request = _parse(given, None)
    assert (request.place, request.ref) == (place, ref)


def test_a_path_with_an_at_sign(make_files, tmp_path, get):
    """A folder that is there is that folder, whatever its name."""
    root = make_files(tmp_path / "me@work", {"train.py": SCRIPT})
    assert names(get(root)[1]) == ["train.py"]
