"""What does not fit together in a server, and what it need not keep."""

from dataclasses import replace

import pytest

from pipelines.server.audit import SILENT_S, Facts, ModelFact, RunFact, check, superfluous

NOW = 1_000_000.0
PARENT = RunFact("p", "1/p/artifacts", "FINISHED", "parent", "", NOW - 100)
WINNER = RunFact("w", "1/w/artifacts", "FINISHED", "confirm", "p", NOW - 90)
LOSER = RunFact("l", "1/l/artifacts", "FINISHED", "search", "p", NOW - 95)
LOGGED = ModelFact("m-1", "1/models/m-1/artifacts", "w")
VERSION = ModelFact("wine version 1", "1/models/m-1/artifacts", "w", registered=True)
FILES = ("1/w/artifacts/output.log", "1/l/artifacts/output.log", "1/models/m-1/artifacts/MLmodel")
WHOLE = Facts((PARENT, WINNER, LOSER), (LOGGED, VERSION), FILES, NOW)

STRAY = f"1/{'0' * 32}/artifacts/a.txt"
OTHERS = ("1/traces/tr-1/artifacts/traces.json", "notes.txt", "1/x.txt")
"""What MLflow, or somebody, keeps beside runs and models."""


def without(name):
    """All but one file."""
    return replace(WHOLE, files=tuple(file for file in FILES if file != name))


def with_run(**fields):
    """One run more."""
    return replace(WHOLE, runs=(*WHOLE.runs, replace(LOSER, run="x", folder="1/x/artifacts", **fields)))


def test_a_whole_server_has_no_findings():
    """Runs, models and files are each other's."""
    assert check(WHOLE) == []


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        (without("1/models/m-1/artifacts/MLmodel"), ["run_without_files", "version_without_files"]),
        (without("1/w/artifacts/output.log"), ["run_without_files"]),
        (replace(WHOLE, files=(*FILES, STRAY)), ["files_of_no_run"]),
        (replace(WHOLE, files=(*FILES, *OTHERS)), []),
        (with_run(status="RUNNING"), ["orphaned_run"]),
        (with_run(status="RUNNING", parent="", started=NOW - SILENT_S - 1), ["orphaned_run"]),
        (with_run(status="RUNNING", parent="", started=NOW - 60), []),
        (with_run(status="RUNNING", deleted=True), []),
    ],
    ids=["model gone", "output gone", "stray files", "traces", "its search ended", "silent", "under way", "deleted"],
)
def test_what_does_not_fit_is_found(facts, kinds):
    """Each kind of it, with a hint; nothing else is reported."""
    found = check(facts)
    assert [finding.kind for finding in found] == kinds
    assert all(finding.hint for finding in found)


def test_only_losers_files_may_go():
    """What the registered version came from stays, however old; what is young stays too."""
    assert superfluous(WHOLE, older_s=0) == ["1/l/artifacts/output.log"]
    assert superfluous(WHOLE, older_s=1000) == []


@pytest.mark.parametrize(
    ("run", "goes"),
    [
        ({"status": "FAILED"}, True),
        ({"deleted": True}, True),
        ({"role": "baseline"}, False),
        ({"status": "RUNNING"}, False),
    ],
    ids=["failed", "deleted", "baseline", "running"],
)
def test_files_of_a_run_go_by_what_it_was(run, goes):
    """Failed, deleted and search trials' files may go, not a baseline's, not those of a run under way."""
    facts = with_run(**{"role": "confirm", **run})
    facts = replace(facts, files=(*FILES, "1/x/artifacts/output.log"))
    assert ("1/x/artifacts/output.log" in superfluous(facts, older_s=0)) == goes


def test_what_autotweak_did_not_make_stays():
    """Traces and loose files; another program's run that failed, and its model; but not what no run has any more."""
    theirs = RunFact("t", "1/t/artifacts", "FAILED", "", "", NOW - 95)
    model = ModelFact("m-3", "1/models/m-3/artifacts", "t")
    files = (*OTHERS, "1/t/artifacts/a.txt", "1/models/m-3/artifacts/MLmodel")
    facts = Facts((*WHOLE.runs, theirs), (*WHOLE.models, model), (*FILES, *files, STRAY), NOW)
    assert superfluous(facts, older_s=0) == ["1/l/artifacts/output.log", STRAY]
    gone = replace(facts, runs=(*WHOLE.runs, replace(theirs, deleted=True)))
    assert set(superfluous(gone, older_s=0)) > {"1/t/artifacts/a.txt", "1/models/m-3/artifacts/MLmodel"}


def test_a_model_that_was_not_registered_goes_with_its_age():
    """Of two logged models only the registered one is kept for ever."""
    other = ModelFact("m-2", "1/models/m-2/artifacts", "l")
    file = "1/models/m-2/artifacts/MLmodel"
    facts = replace(WHOLE, models=(*WHOLE.models, other), files=(*FILES, file))
    assert file in superfluous(facts, older_s=10)
    assert file not in superfluous(facts, older_s=1000)
