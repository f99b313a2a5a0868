"""Files that are broken, strange, enormous or not there."""

from pathlib import Path

import pytest

from pipelines.inspection import inspect
from pipelines.inspection.local_imports import LocalImports
from pipelines.inspection.prescan import scan
from pipelines.inspection.reading import list_folder

from .conftest import Write

SVC = "from sklearn.svm import SVC\nSVC().fit(X, y)\n"
PYTHON_2 = """# -*- coding: utf-8 -*-
from keras.models import Sequential
from keras.layers import Dense, LSTM
model = Sequential()
model.add(LSTM(3))
print "compiling", model
try:
    model.compile('adam', 'mse')
except ValueError, e:
    print e
print model.fit(x, y, nb_epoch=3)
"""


def test_an_empty_folder(write: Write) -> None:
    """A folder without Python is family none and says so."""
    verdict = inspect(write({"README.md": "hello"}))
    assert (verdict.family, verdict.reason) == ("none", "no Python file in source")


def test_a_notebook_that_is_none(write: Write) -> None:
    """A file called a notebook without cells in it is told to be none."""
    verdict = inspect(write({"a.ipynb": "{}"}))
    assert (verdict.family, verdict.entry) == ("none", None)
    assert "not a notebook" in verdict.reason


def test_a_root_that_is_no_folder(tmp_path: Path) -> None:
    """A missing root is family none."""
    assert inspect(tmp_path / "missing").family == "none"


def test_python_2_is_read_but_cannot_run(write: Write) -> None:
    """The family and kind of a Python 2 script are told, together with the error; there is nothing to run."""
    verdict = inspect(write({"train.py": PYTHON_2}))
    assert (verdict.family, verdict.kind, verdict.entry) == ("keras", "rnn", None)
    assert verdict.syntax_error is not None
    assert verdict.syntax_error.startswith("train.py:6: ")
    assert verdict.reason.startswith("train.py:6: not valid Python 3: ")


def test_a_broken_script_beside_a_sound_one(write: Write) -> None:
    """A script that parses is preferred to one that does not."""
    verdict = inspect(write({"old.py": PYTHON_2, "new.py": SVC}))
    assert (verdict.family, verdict.entry, verdict.syntax_error) == ("sklearn", "new.py", None)


def test_a_broken_script_named_as_entry(write: Write) -> None:
    """A broken entry keeps its family and loses its entry."""
    verdict = inspect(write({"old.py": PYTHON_2, "new.py": SVC}), "old.py")
    assert (verdict.family, verdict.entry) == ("keras", None)
    assert verdict.syntax_error is not None


def test_a_broken_module_of_a_sound_entry(write: Write) -> None:
    """An entry that imports a broken module cannot run either."""
    verdict = inspect(write({"go.py": "from net import model\nmodel.fit(x, y)", "net.py": PYTHON_2}))
    assert (verdict.family, verdict.kind, verdict.entry) == ("keras", "rnn", None)
    assert "go.py imports it" in verdict.reason


def test_notebook_magic(write: Write) -> None:
    """Cells pasted into a script with their magics are read as the notebook that they were."""
    verdict = inspect(write({"nb.py": "%matplotlib inline\n!pip install sklearn\n" + SVC}))
    assert (verdict.family, verdict.entry, verdict.syntax_error) == ("sklearn", "nb.py", None)


def test_a_file_too_broken_to_be_followed(write: Write) -> None:
    """Its family is that of what it imports."""
    verdict = inspect(write({"a.py": "from sklearn.svm import SVC\nclf = SVC(kernel=‘rbf’)\nclf.fit(X, y)\n"}))
    assert (verdict.family, verdict.entry) == ("sklearn", None)
    assert verdict.reason.startswith("a.py:2: not valid Python 3: ")


def test_nothing_can_be_read_from_noise(write: Write) -> None:
    """A file of noise is family none, with its error."""
    verdict = inspect(write({"a.py": "((((( )]] }} not python at all\n" * 5}))
    assert verdict.family == "none"
    assert verdict.reason.startswith("a.py:1: not valid Python 3: ")
    assert verdict.syntax_error is not None


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00\x01",
        b"x = '\xe9'\n",
        b"# coding: no-such-code\nx = 1\n",
        b"x = 1\0\n",
        b"(" * 5000,
        b"x = " + b"(" * 150 + b"1" + b")" * 150,
        b"x = " + b"-" * 100_000 + b"1\n",
        b"x = " + b"+".join([b"a"] * 50_000),
        b"x = a" + b".b()" * 20_000,
        b"if x:\n    pass\n" + b"elif x:\n    pass\n" * 3000,
        b"x = " + b"9" * 10_000,
        b"".join(b" " * n + b"if x:\n" for n in range(120)),
        b"",
        b"\xef\xbb\xbfx = 1\n",
        b"def f(x): return g(x)\ndef g(x): return f(x)\nf(1).fit()\nclass A(B): pass\nclass B(A): pass\nA().x.fit(1)\n",
        b"from a import *\nfrom . import *\nfrom .. import y\nfrom ... import z\ny.fit()\n",
        b"import a\na = a.a\nwhile a:\n    a = a.next\na.fit(X)\n",
    ],
)  # fmt: skip
def test_strange_bytes_do_no_harm(content: bytes, write: Write) -> None:
    """Whatever stands in a file, the sound script beside it is found."""
    verdict = inspect(write({"a.py": content, "good.py": SVC}))
    assert (verdict.family, verdict.entry) == ("sklearn", "good.py"), verdict


def test_an_encoding_that_is_declared(write: Write) -> None:
    """A file is read with the encoding it declares."""
    text = "# -*- coding: latin-1 -*-\nname = 'é'\nfrom sklearn.svm import SVC\nSVC().fit(name, 'é')\n"
    verdict = inspect(write({"a.py": text.encode("latin-1")}))
    assert (verdict.entry, verdict.evidence[-1].text) == ("a.py", "SVC().fit(name, 'é')")


def test_bytes_python_would_refuse(write: Write) -> None:
    """A file that is not in the encoding it is said to be in cannot run."""
    verdict = inspect(write({"a.py": b"# caf\xe9\n" + SVC.encode()}))
    assert (verdict.family, verdict.entry) == ("sklearn", None)
    assert verdict.syntax_error is not None


def test_a_huge_file_is_skipped(write: Write) -> None:
    """A file of more than 2 MiB is not read."""
    verdict = inspect(write({"big.py": SVC + "#" * (2 * 1024 * 1024), "good.py": SVC}))
    assert verdict.entry == "good.py"


def test_links_are_not_followed(write: Write) -> None:
    """Neither a linked file nor a linked folder is read, not even as the entry."""
    root = write({"a.py": "print(1)\n"})
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "train.py").write_text(SVC)
    (root / "train.py").symlink_to(outside / "train.py")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    assert inspect(root).family == "none"
    assert inspect(root, "train.py").family == "none"
    assert inspect(root, "folder/train.py").family == "none"


def test_nothing_is_executed(write: Write) -> None:
    """Reading a script leaves no trace of what it would do."""
    root = write({"a.py": "open('trace', 'w')\nraise SystemExit\n" + SVC})
    assert inspect(root).entry == "a.py"
    assert sorted(path.name for path in root.iterdir()) == ["a.py"]


def test_a_verdict_is_the_same_each_time(write: Write) -> None:
    """The same folder gives the same verdict."""
    root = write({f"{name}.py": SVC for name in "cab"})
    assert inspect(root) == inspect(root)


def test_only_files_that_speak_of_training_are_parsed(write: Write) -> None:
    """Of thousands of files those are parsed that may train and those that import them, and no others."""
    files: dict[str, str | bytes] = {f"p{n % 40}/m{n}.py": f"import os\nX = {n}\nprint(X)\n" for n in range(3000)}
    root = write({**files, "go.py": "import train\n", "train.py": SVC})
    names = list_folder(root).python
    assert len(names) == 3002
    assert scan(root, LocalImports(names), names)[0] == {"go.py", "train.py"}
    assert inspect(root).entry == "go.py"


def test_files_that_import_each_other_in_a_ring(write: Write) -> None:
    """A hundred modules in a ring, each with fits of unknown things, hide no sound script."""
    filler = "def f(a):\n    model = a.x([1])\n    return model.fit(a)\n"
    files: dict[str, str | bytes] = {f"m{n}.py": f"import m{(n + 1) % 100}\n{filler}f({n})\n" for n in range(100)}
    assert inspect(write({**files, "train.py": SVC})).entry == "train.py"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_tabs_and_marks(encoding: str, newline: str, write: Write) -> None:
    """Windows and old Mac line ends, a byte order mark, tabs and a form feed change neither verdict nor lines."""
    text = "from sklearn.svm import SVC\n\f\ndef train():\n\tmodel = SVC()\n\tmodel.fit(X, y)\ntrain()\n"
    verdict = inspect(write({"a.py": text.replace("\n", newline).encode(encoding)}))
    assert (verdict.family, verdict.entry, verdict.syntax_error) == ("sklearn", "a.py", None)
    assert (verdict.evidence[-1].line, verdict.evidence[-1].text) == (5, "model.fit(X, y)")


def test_tabs_and_spaces_mixed_as_python_2_allowed(write: Write) -> None:
    """Indents that Python 3 refuses are read for the family and reported."""
    text = "from sklearn.svm import SVC\nif X:\n        a = 1\n\tb = 2\nSVC().fit(X, y)\n"
    verdict = inspect(write({"a.py": text}))
    assert (verdict.family, verdict.entry) == ("sklearn", None)
    assert verdict.syntax_error is not None


def test_prose_in_the_middle_of_a_script(write: Write) -> None:
    """The family of an export with lines that are no Python is read from the lines that are."""
    prose = 'Please  note# that the folder and\n the path has\n   to exist, so "adjust\n it` and\n```\n'
    text = f"import keras\nm = keras.Sequential()\n{prose}m.add(keras.layers.Conv2D(3, 3))\nm.compile()\nm.fit(x, y)\n"
    verdict = inspect(write({"a.py": text}))
    assert (verdict.family, verdict.kind, verdict.entry) == ("keras", "cnn", None)
    assert verdict.syntax_error is not None
    assert verdict.syntax_error.startswith("a.py:5: ")


def test_conflict_marks_left_by_git(write: Write) -> None:
    """A file with both sides of a merge is read for its family, and the first mark is the error."""
    text = f"<<<<<<< HEAD\nSIZE = 3\n=======\nSIZE = 4\n>>>>>>> c03002\n{SVC}"
    verdict = inspect(write({"a.py": text}))
    assert (verdict.family, verdict.entry) == ("sklearn", None)
    assert verdict.syntax_error is not None
    assert verdict.syntax_error.startswith("a.py:1: ")


def test_conflict_marks_inside_a_function(write: Write) -> None:
    """Marks that end a function's block cost no more of the script than themselves."""
    text = f"def build():\n<<<<<<< HEAD\n    size = 3\n=======\n    size = 4\n>>>>>>> c03002\n    return size\n{SVC}"
    verdict = inspect(write({"a.py": text}))
    assert (verdict.family, verdict.kind) == ("sklearn", "classical")
    assert verdict.syntax_error is not None
    assert verdict.syntax_error.startswith("a.py:2: ")


def test_a_script_named_like_the_package_it_imports_all_of(write: Write) -> None:
    """`from netlib.core import *` in netlib.py is looked for outside of the file, not in it again and again."""
    text = f"from netlib.core import *\nfit_net(read())\n{SVC}"
    assert inspect(write({"netlib.py": text})).family == "sklearn"
