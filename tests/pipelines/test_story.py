"""What a person reads while a search runs."""

from mlprojects.contract.trial import TrialSpec
from pipelines.errors import SourceError
from pipelines.inspection.verdict import Evidence, Verdict
from pipelines.story import NO_TEST, Story


def test_what_was_pushed_moves_no_cursor(capsys):
    """Neither a line of the source nor an error carries a sequence for the terminal, or markup."""
    shown = Evidence("train.py", 3, "x = '[red]\x1b[2J\u202e'")
    Story(stderr=False).verdict(Verdict("sklearn", "classical", "train.py", "sklearn", (shown,), ""))
    printed = capsys.readouterr().out
    assert "x = '[red] [2J '" in printed
    assert "\x1b" not in printed + str(SourceError("no\x1b]0;title\x07 file"))


def test_a_baseline_without_a_test_says_so(capsys, outcome):
    """No score is named where there is none."""
    story = Story(stderr=False)
    story.submitted(TrialSpec(trial=0, role="baseline", family="sklearn", entry="train.py"), "baseline")
    story.ended(outcome(0, "baseline"))
    assert f"{NO_TEST}," in " ".join(capsys.readouterr().out.split())
