"""Notebooks as Python text."""

import ast
import json

import pytest

from mlprojects.contract import notebook


def of(*cells, **more):
    """A notebook's bytes."""
    found = [{"cell_type": "code", "source": text} for text in cells]
    return json.dumps({"cells": found, **more}).encode()


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("x = 1\nprint(x);", "x = 1\nprint(x);"),
        ("%matplotlib inline\nx = 1", "pass  # %matplotlib inline\nx = 1"),
        ("if a:\n    !pip install b\n    c()", "if a:\n    pass  # !pip install b\n    c()"),
        ("?print\nprint?\nnp.sum??", "pass  # ?print\npass  # print?\npass  # np.sum??"),
        ("%time m.fit(x, y)", "m.fit(x, y)"),
        ("h = %time m.fit(x, y)", "h = m.fit(x, y)"),
        ("%timeit f()", "pass  # %timeit f()"),
        ("%%time\nm.fit(x)\n%time y = 1", "pass  # %%time\nm.fit(x)\ny = 1"),
        ("%%capture out\nm.fit(x)", "pass  # %%capture out\nm.fit(x)"),
        ("%%bash\nls |\nrm x", "pass  # %%bash\n# ls |\n# rm x"),
        ("%%html\n<b>", "pass  # %%html\n# <b>"),
        ("%run model.py", "from model import *  # %run model.py"),
        ("!unzip -q a.zip", "__import__('os').system('unzip -q a.zip')"),
        ("!wget {url} \\\n  -O [x\ny = 1", "pass  # !wget {url} \\\n#   -O [x\ny = 1"),
        ("n = (7\n% 3)\n!ls", "n = (7\n% 3)\npass  # !ls"),
        ("s = '''\n!ls\n%x\n'''\n!ls 'it", "s = '''\n!ls\n%x\n'''\npass  # !ls 'it"),
        ("a = 7 \\\n% 3\n!ls", "a = 7 \\\n% 3\npass  # !ls"),
        ("# it's (\n!ls", "# it's (\npass  # !ls"),
        ("a != b\n!ls", "a != b\npass  # !ls"),
    ],
)
def test_a_cell_in_python(cell, python):
    """What is IPython's is put into Python or taken out, line for line; all else stays."""
    assert notebook.python_of(cell) == python


def test_changing_the_folder():
    """A magic that changes the folder does, where there is one of that name."""
    text = notebook.python_of("%cd data\nx = 1")
    assert "chdir('data')" in text
    ast.parse(text)


def test_written_files_are_written(tmp_path, monkeypatch):
    """A cell that writes a file writes it."""
    monkeypatch.chdir(tmp_path)
    exec(notebook.python_of("%%writefile m.py\nX = 'a'\nY = 2"), {})
    assert (tmp_path / "m.py").read_text() == "X = 'a'\nY = 2\n"


def test_cells_follow_one_another():
    """Code cells only, in their order, each with a heading by which a line is found again."""
    raw = json.loads(of("a = 1\nb = 2", "", "c = 3"))
    raw["cells"].insert(1, {"cell_type": "markdown", "source": ["text\n"]})
    raw["cells"][0]["source"] = ["a = 1\n", "b = 2"]
    text = notebook.convert(json.dumps(raw).encode())
    lines = text.split("\n")
    assert text == "# %% cell 1\na = 1\nb = 2\n# %% cell 2\n\n# %% cell 3\nc = 3\n"
    assert [notebook.place(lines, n) for n in (2, 3, 7)] == ["cell 1, line 1", "cell 1, line 2", "cell 3, line 1"]
    assert notebook.place([], 1) == ""


def test_the_old_format():
    """Notebooks from before 2014 have worksheets."""
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}], "nbformat": 3}
    assert "x = 1" in notebook.convert(json.dumps(old).encode())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{}", "no cells"),
        (b"[]", "no cells"),
        (b'{"cells": 3}', "no cells"),
        (b"x = 1", "not a notebook"),
        (b"\xff\xff", "not a notebook"),
        (of("x <- 1", metadata={"kernelspec": {"language": "R"}}), "in r"),
        (of("x", metadata={"language_info": {"name": "julia"}}), "in julia"),
    ],
)
def test_what_is_no_notebook(data, says):
    """It is said in one line."""
    with pytest.raises(notebook.NotebookError, match=says) as caught:
        notebook.convert(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cells", [[None, 3, {}], [{"cell_type": "code"}], [{"cell_type": "code", "source": None}]])
def test_strange_cells(cells):
    """Cells of any shape do no harm."""
    ast.parse(notebook.convert(json.dumps({"cells": cells, "metadata": []}).encode()))


def test_marked_scripts():
    """Magics are taken out of a script with cell markers, and of any other that is Python without them."""
    assert notebook.from_marked("!ls\nx = 1\n") == "pass  # !ls\nx = 1\n"
    assert notebook.from_marked("!ls\nprint 'x'\n") == "!ls\nprint 'x'\n"
    for marker in ("# %%", "#%%", "# In[3]:", "# +", "# <codecell>"):
        assert notebook.from_marked(f"{marker}\n!ls\n") == f"{marker}\npass  # !ls\n"


def test_any_cell_may_ask_for_python_3():
    """Cells are compiled one by one, so that what has to stand at a beginning may stand in each of them."""
    cells = [
        {"cell_type": "code", "source": text} for text in ("x = 1", "from __future__ import print_function\nx = 2")
    ]
    text = notebook.convert(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode())
    compile(text, "train.ipynb", "exec")
    assert text.split("\n")[3] == "pass  # from __future__ import print_function"
