"""Notebooks and scripts that were notebooks."""

import json

import pytest

from pipelines.inspection import inspect

from .conftest import Write

KERAS = (
    "%matplotlib inline\nimport keras",
    "model = keras.Sequential([keras.layers.Dense(1)])\nmodel.compile('adam', 'mse')",
    "%%time\nmodel.fit(x, y)",
)
SVC = "from sklearn.svm import SVC\nSVC().fit(X, y)\n"


def notebook(*cells: str, **metadata: object) -> str:
    """A notebook of code cells."""
    found = [{"cell_type": "code", "source": text.splitlines(keepends=True)} for text in cells]
    return json.dumps({"cells": found, "metadata": metadata, "nbformat": 4}, indent=1)


@pytest.mark.parametrize("entry", [None, "my net.ipynb"])
def test_a_notebook_is_read(write: Write, entry: str | None) -> None:
    """Family, kind, and evidence with the cell where it stands."""
    verdict = inspect(write({"my net.ipynb": notebook(*KERAS)}), entry)
    assert (verdict.family, verdict.kind, verdict.entry) == ("keras", "dense", "my net.ipynb")
    shown = [(item.line, item.text) for item in verdict.evidence]
    assert (3, "import keras  # cell 1, line 2") in shown
    assert (9, "model.fit(x, y)  # cell 3, line 2") in shown


def test_a_notebook_imports_modules(write: Write) -> None:
    """Its model may come from a module beside it; nothing imports a notebook."""
    files = {"go.ipynb": notebook("from net import model\nmodel.fit(x, y)"), "net.ipynb": "{}"}
    net = "import keras\nmodel = keras.Sequential([keras.layers.Conv2D(4, 3)])\n"
    verdict = inspect(write({**files, "net.py": net}))
    assert (verdict.kind, verdict.entry) == ("cnn", "go.ipynb")


def test_an_export_is_preferred(write: Write) -> None:
    """Of a notebook and its export the script is run; checkpoints are not looked at."""
    text = notebook(SVC)
    verdict = inspect(write({"a.ipynb": text, "a.py": SVC, ".ipynb_checkpoints/a-checkpoint.ipynb": text}))
    assert (verdict.family, verdict.entry) == ("sklearn", "a.py")


def test_a_module_of_the_same_name_is_no_export(write: Write) -> None:
    """A script that does not train leaves the notebook in place."""
    verdict = inspect(write({"a.ipynb": notebook(SVC), "a.py": "def helper(): pass\n"}))
    assert verdict.entry == "a.ipynb"


def test_a_broken_export_is_not_preferred(write: Write) -> None:
    """The notebook that parses is."""
    verdict = inspect(write({"a.ipynb": notebook(SVC), "a.py": f"%matplotlib inline\nprint 'x'\n{SVC}"}))
    assert (verdict.entry, verdict.syntax_error) == ("a.ipynb", None)


def test_two_notebooks_are_listed(write: Write) -> None:
    """Where two train, both are named."""
    verdict = inspect(write({"a.ipynb": notebook(SVC), "b.ipynb": notebook(SVC)}))
    assert verdict.entry is None
    assert verdict.candidates == ("a.ipynb", "b.ipynb")


def test_a_broken_cell_is_told(write: Write) -> None:
    """A notebook of the Python 2 years: the line, the cell, and the family read from what is left."""
    verdict = inspect(write({"a.ipynb": notebook("from sklearn.svm import SVC", "print 'x'\nSVC().fit(X, y)")}))
    assert (verdict.family, verdict.entry) == ("sklearn", None)
    assert verdict.syntax_error is not None
    assert verdict.syntax_error.startswith("a.ipynb:4: ")
    assert verdict.syntax_error.endswith("(cell 2, line 1)")


def test_a_notebook_in_another_language(write: Write) -> None:
    """It is said which."""
    verdict = inspect(write({"a.ipynb": notebook("fit <- lm(y ~ x)", kernelspec={"language": "R"})}))
    assert verdict.family == "none"
    assert "a notebook in r" in verdict.reason


def test_pictures_do_not_make_a_notebook_too_large(write: Write) -> None:
    """What counts is the code."""
    raw = json.loads(notebook(SVC))
    raw["cells"][0]["outputs"] = [{"data": {"image/png": "A" * (3 << 20)}}]
    assert inspect(write({"a.ipynb": json.dumps(raw)})).entry == "a.ipynb"


def test_cell_markers_allow_magics(write: Write) -> None:
    """A script with cell markers may have kept its magics."""
    verdict = inspect(write({"a.py": f"# %% [markdown]\n# # Title\n# %%\n%matplotlib inline\n!pip install x\n{SVC}"}))
    assert (verdict.family, verdict.entry, verdict.syntax_error) == ("sklearn", "a.py", None)


@pytest.mark.parametrize(
    "text", ["# ---\n# jupyter:\n# ---\n# %%\n# %matplotlib inline\n", "# +\n# !ls\n", "# In[1]:\n"]
)
def test_jupytext(write: Write, text: str) -> None:
    """A notebook kept as a script is a script."""
    assert inspect(write({"a.py": text + SVC})).entry == "a.py"
