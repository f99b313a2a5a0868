"""The wall, read from the imports."""

import ast
import sys
from pathlib import Path

import pytest

import mlprojects.contract

ROOT = Path(mlprojects.contract.__file__).parents[2]
CONTRACT = sorted((ROOT / "mlprojects" / "contract").glob("*.py"))
INSIDE = sorted((ROOT / "mlprojects").rglob("*.py"))
OUTSIDE = sorted((ROOT / "pipelines").rglob("*.py"))


def imported(path):
    """Full names of all modules that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", CONTRACT, ids=lambda path: path.stem)
def test_the_contract_imports_only_the_standard_library(path):
    """What both sides share needs nothing installed."""
    others = {name for name in imported(path) if name.split(".")[0] not in sys.stdlib_module_names}
    assert all(name.startswith("mlprojects.contract.") for name in others)


def test_inside_imports_nothing_from_outside():
    """No module of the sandbox knows the driver."""
    assert len(INSIDE) > len(CONTRACT)
    assert not [path for path in INSIDE for name in imported(path) if name.split(".")[0] == "pipelines"]


def test_outside_imports_only_the_contract():
    """No module of the driver imports what runs scripts."""
    names = {name for path in OUTSIDE for name in imported(path) if name.split(".")[0] == "mlprojects"}
    assert names
    assert all(name.startswith("mlprojects.contract.") for name in names)


def test_the_folder_of_the_projects_is_not_called_as_their_file():
    """MLflow opens the first entry named MLproject in any case, so no folder may have that name."""
    assert [path.name for path in ROOT.iterdir() if path.name.lower() == "mlproject"] == ["MLproject"]
    assert (ROOT / "MLproject").is_file()
