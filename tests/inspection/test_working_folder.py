"""Where a script is to be run, and what it has to be given."""

import pytest

from pipelines.inspection import inspect
from pipelines.inspection.arguments import required_arguments

from .conftest import Write

FIT = "\nfrom sklearn.svm import SVC\nSVC().fit(X, y)\n"


@pytest.mark.parametrize(
    ("files", "cwd"),
    [
        ({"src/train.py": "open('../data/x.csv')" + FIT, "data/x.csv": ""}, "src"),
        ({"src/train.py": "open('data/x.csv')" + FIT, "data/x.csv": ""}, "."),
        ({"src/train.py": "import os\nopen(os.path.join('data', 'x.csv'))" + FIT, "data/x.csv": ""}, "."),
        ({"src/train.py": "open(Path('..') / 'data' / 'x.csv')" + FIT, "data/x.csv": ""}, "src"),
        ({"src/train.py": "D = 'data'\nopen(f'{D}/x.csv')" + FIT, "data/x.csv": ""}, "."),
        ({"src/train.py": "glob('data/*.csv')" + FIT, "data/x.csv": ""}, "."),
        ({"src/train.py": FIT, "data/x.csv": ""}, "src"),
        ({"src/train.py": "open('x.csv')" + FIT, "src/x.csv": "", "x.csv": ""}, "src"),
        ({"src/train.py": "import loading" + FIT, "src/loading.py": "open('data/x.csv')", "data/x.csv": ""}, "."),
        ({"a/src/train.py": "open('data/x.csv')" + FIT, "a/data/x.csv": ""}, "a"),
        ({"src/train.py": "open('models/net.h5')" + FIT, "models/README": ""}, "."),
        ({"src/train.py": "c = 'model'\nopen('x.csv')" + FIT, "src/x.csv": "", "model/README": ""}, "src"),
        ({"pkg/train.py": "from .data import x" + FIT, "pkg/data.py": "x = 1"}, "."),
        ({"pkg/sub/train.py": "from ..data import x" + FIT, "pkg/data.py": "x = 1"}, "."),
        ({"train.py": "open('../x.csv')" + FIT}, "."),
    ],
)
def test_the_folder_is_the_one_where_the_paths_exist(write: Write, files: dict[str, str | bytes], cwd: str) -> None:
    """Its own, the root's or one between, by the paths that it and its modules name."""
    assert inspect(write(files)).cwd == cwd


def test_the_paths_of_a_notebook(write: Write) -> None:
    """A notebook's paths tell as a script's do."""
    cell = "open('data/x.csv')\\nfrom sklearn.svm import SVC\\nSVC().fit(X, y)"
    text = f'{{"cells": [{{"cell_type": "code", "source": "{cell}"}}]}}'
    assert inspect(write({"notebooks/a.ipynb": text, "data/x.csv": ""})).cwd == "."


PARSER = "import argparse\np = argparse.ArgumentParser()\n"


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("p.add_argument('--data', '-d', required=True)\np.add_argument('out')\np.parse_args()", ("--data/-d", "out")),
        ("p.add_argument('--data', default='x')\np.add_argument('n', nargs='?')\np.parse_args()", ()),
        ("p.add_argument('n', nargs='*')\np.add_argument('m', nargs='+')\np.parse_args()", ("m",)),
        ("p.add_argument('--data', required=True)\np.parse_args([])", ()),
        ("p.add_argument('--data', required=True)\np.parse_known_args()", ()),
        ("p.add_argument('x')\ndef main():\n    p.parse_args()\n", ()),
        ("p.add_argument('x')\ndef main():\n    p.parse_args()\nif __name__ == '__main__':\n    main()\n", ("x",)),
        ("p.add_argument(*names)\np.add_argument('x', **more)\np.parse_args()", ()),
        ("p.add_argument('--x', required=needed)\np.parse_args()", ()),
    ],
)
def test_arguments_that_have_to_be_given(write: Write, text: str, needed: tuple[str, ...]) -> None:
    """Only what argparse is sure to demand is named."""
    assert required_arguments(write({"a.py": PARSER + text}), "a.py") == needed


def test_arguments_of_what_cannot_be_read(write: Write) -> None:
    """A broken script is somebody else's business."""
    assert required_arguments(write({"a.py": PARSER + "p.add_argument('x')\np.parse_args(\n"}), "a.py") == ()
