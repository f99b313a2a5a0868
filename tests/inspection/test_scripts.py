"""One script at a time: family and kind."""

import pytest

from pipelines.inspection import inspect

from .conftest import Write
from .odd_cases import ODD_CASES
from .script_cases import CASES, Case


@pytest.mark.parametrize("case", CASES + ODD_CASES, ids=lambda case: case.name)
def test_a_script_is_judged_by_what_it_builds_and_fits(case: Case, write: Write) -> None:
    """Each public-style script gets its family and kind, and the lines that show it."""
    verdict = inspect(write({"script.py": case.text}))
    assert (verdict.family, verdict.kind) == (case.family, case.kind), verdict
    assert verdict.entry == (None if case.family == "none" else "script.py")
    assert verdict.environment == (case.family if case.family in ("sklearn", "keras") else None)
    lines = case.text.splitlines()
    assert all(lines[e.line - 1].strip() == e.text for e in verdict.evidence)
    assert bool(verdict.evidence) == (case.family != "none")
    assert verdict.syntax_error is None
