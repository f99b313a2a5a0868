"""The paths that a script names."""

import ast

import pytest

from mlprojects.contract.paths import named_paths


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("open('../data/x.csv')", "../data/x.csv"),
        ("open(os.path.join('data', 'x.csv'))", "data/x.csv"),
        ("join('data/', 'a', 'x.csv')", "data/a/x.csv"),
        ("Path('data') / 'raw' / 'x.csv'", "data/raw/x.csv"),
        ("Path('data').joinpath('x.csv')", "data/x.csv"),
        ("D = 'data'\nopen(D + '/x.csv')", "data/x.csv"),
        ("D = 'data'\nE = os.path.join(D, 'raw')\nopen(f'{E}/x.csv')", "data/raw/x.csv"),
        ("open(os.path.join(HERE, 'data', 'x.csv'))", "data/x.csv"),
        ("Path(__file__).parent / 'x.csv'", "x.csv"),
    ],
)
def test_a_path_is_put_together(text, path):
    """Strings and what is joined out of them are found."""
    assert path in named_paths(ast.parse(text))


def test_what_is_no_relative_path():
    """Addresses, absolute paths, names changed on the way and endless sums are left out."""
    text = "a = '/x/y'\nb = 'http://x/y.csv'\nc = ' z '\nd = '..'\ne = '~/x'\nD = 'p'\nD = 'q'\nopen(D + '/r')\n"
    assert named_paths(ast.parse(text)) == {"p", "q"}
