"""Every script of the corpus is read rightly. Running them all is `make scores`; some run in end_to_end."""

import pytest

from benchmarks.cases import CORPUS, Case, load, wrong_reading
from pipelines.examining import examine
from pipelines.settings import read_source_settings
from pipelines.sources.source import fetch

CASES = load()


def test_the_manifest_names_every_script_of_the_corpus() -> None:
    """No script stands in the corpus without an expectation, and none twice."""
    top = {path for path in CORPUS.glob("*/*") if path.suffix in (".py", ".ipynb") or path.is_dir()}
    assert {case.source for case in CASES} == {path for path in top if path.name != "__pycache__"}
    assert len({case.path for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_reading(case: Case, tmp_path) -> None:
    """Family, kind, entry and environment are what the manifest says, as `autotweak inspect` would tell them."""
    source = fetch(str(case.source), tmp_path / "source", tmp_path / "git")
    verdict = examine(source, tmp_path / "source", read_source_settings(tmp_path / "source"))
    assert wrong_reading(case, verdict.to_json()) == ""
