"""Which changes of a source call for a new search."""

from __future__ import annotations

import json

import pytest

from pipelines.watch.substance import substance

SCRIPT = '''"""Train."""
import csv
X = csv.reader(open("data.csv"))

def fit(X):
    """Fit."""
    return [x * 2 for x in X]  # twice
'''


@pytest.fixture
def source(tmp_path):
    """A source, and its digest after files are written over it."""

    def written(**files):
        base = {"train.py": SCRIPT, "data.csv": "1,2\n", "README.md": "# Wine\n", "LICENSE": "MIT"}
        for name, text in {**base, **{key.replace("__", "."): value for key, value in files.items()}}.items():
            (tmp_path / name).write_text(text)
        return substance(tmp_path)

    return written


@pytest.mark.parametrize(
    "files",
    [
        {"train__py": SCRIPT.replace("# twice", "# two times")},
        {"train__py": SCRIPT.replace('"""Fit."""', '"""Fit the model."""')},
        {"train__py": SCRIPT.replace("[x * 2 for x in X]", "[\n        x*2\n        for x in X\n    ]")},
        {"README__md": "# Wine, explained\n"},
        {"LICENSE": "Apache"},
        {"NOTES__md": "new"},
    ],
    ids=["comment", "docstring", "formatting", "readme", "license", "new document"],
)
def test_what_no_trial_depends_on_changes_nothing(source, files):
    """Comments, docstrings, formatting and documentation leave the digest as it is."""
    assert source() == source(**files)


@pytest.mark.parametrize(
    "files",
    [
        {"train__py": SCRIPT.replace("x * 2", "x * 3")},
        {"data__csv": "1,3\n"},
        {"requirements__txt": "numpy\n"},
        {"autotweak__yaml": "target: 0.9\n"},
        {"train__py": SCRIPT + "print(fit.__doc__)\n"},
        {"train__py": SCRIPT + "    )"},
    ],
    ids=["code", "data", "requirements", "settings", "docstring that is read", "does not parse"],
)
def test_what_a_trial_depends_on_changes_the_digest(source, files):
    """Code, data, requirements and settings count."""
    assert source() != source(**files)


def test_a_document_that_the_code_reads_is_data(source):
    """A Markdown file whose name stands in the code counts."""
    reading = SCRIPT.replace("data.csv", "README.md")
    assert source(train__py=reading) != source(train__py=reading, README__md="other")


def test_a_notebooks_outputs_do_not_count(source):
    """Running the cells again, or writing text between them, changes nothing; their code does."""

    def notebook(code, outputs=(), text="Notes"):
        cells = [
            {"cell_type": "markdown", "metadata": {}, "source": [text]},
            {
                "cell_type": "code",
                "metadata": {},
                "execution_count": len(outputs),
                "outputs": list(outputs),
                "source": [code],
            },
        ]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})

    printed = {"output_type": "stream", "name": "stdout", "text": ["1"]}
    plain = source(a__ipynb=notebook("x = 1"))
    assert plain == source(a__ipynb=notebook("x = 1", [printed], "Other notes"))
    assert plain != source(a__ipynb=notebook("x = 2"))
