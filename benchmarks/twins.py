"""The twin of a case: the same script on the same data with shuffled labels, from which nothing can be learned."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
from pathlib import Path

from benchmarks.cases import Case

MODULE = "shuffled_labels"
SHUFFLE = '''"""Gives the data sets of scikit-learn with shuffled labels."""
import functools
import numpy
import sklearn.datasets


def shuffled(values):
    order = numpy.random.RandomState(0).permutation(len(values))
    if hasattr(values, "iloc"):
        return values.iloc[order].set_axis(values.index)
    return values[order]


def without_meaning(load):
    @functools.wraps(load)
    def loaded(*args, **kwargs):
        data = load(*args, **kwargs)
        if isinstance(data, tuple):
            return (data[0], shuffled(data[1]), *data[2:])
        data["target"] = shuffled(data["target"])
        if data.get("frame") is not None:
            data["frame"] = data["frame"].assign(target=data["target"])
        return data
    return loaded


for name in dir(sklearn.datasets):
    if name.startswith(("load_", "make_")):
        setattr(sklearn.datasets, name, without_meaning(getattr(sklearn.datasets, name)))
'''


def possible(case: Case) -> bool:
    """Whether the labels of a case can be shuffled from outside, and chance alone does not reach the target."""
    return case.twin and (case.labels is not None or ("sklearn" in _text(case) and "datasets" in _text(case)))


def make(case: Case, scratch: Path) -> Path:
    """Write the twin below ``scratch``."""
    folder = scratch / f"twin-{case.source.stem}"
    if case.source.is_dir():
        shutil.copytree(case.source, folder)
    else:
        folder.mkdir()
        for path in [case.source, *(case.source.parent.glob("*.csv") if case.labels else ())]:
            shutil.copy2(path, folder)
    entry = folder / (case.entry or case.source.name)
    if case.labels is None:
        (entry.parent / f"{MODULE}.py").write_text(SHUFFLE, encoding="utf-8")
        entry.write_text(_importing(entry.read_text(encoding="utf-8"), entry.suffix), encoding="utf-8")
    else:
        for table in folder.rglob("*.csv"):
            _shuffle_column(table, case.labels)
    return folder if case.source.is_dir() else entry


def _importing(text: str, suffix: str) -> str:
    """The script with the import of the shuffling module before all that may not come first."""
    if suffix == ".ipynb":
        notebook = json.loads(text)
        first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        first["source"] = [f"import {MODULE}\n", *first["source"]]
        return json.dumps(notebook)
    future = list(re.finditer(r"^from __future__ .*\n", text, flags=re.MULTILINE))
    place = future[-1].end() if future else 0
    return f"{text[:place]}import {MODULE}\n{text[place:]}"


def _shuffle_column(table: Path, name: str) -> None:
    with table.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.reader(handle))
    heading = name in rows[0]
    if not heading and not name.isdecimal():
        return
    column = rows[0].index(name) if heading else int(name)
    body = rows[1:] if heading else rows
    labels = [row[column] for row in body]
    random.Random(0).shuffle(labels)  # noqa: S311 - not for secrets
    for row, label in zip(body, labels, strict=True):
        row[column] = label
    with table.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(rows)


def _text(case: Case) -> str:
    files = case.source.rglob("*.py") if case.source.is_dir() else [case.source]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)
