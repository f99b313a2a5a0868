"""What is said of repositories that cannot be reached, and when they are asked again."""

from pipelines.watch.trouble import FIRST_S, MOST_S, Trouble


def test_a_failure_is_said_once_and_its_end_once():
    """The same reason is no news, another one is; so is the first answer."""
    trouble = Trouble()
    assert [trouble.is_new("wine", reason) for reason in ("away", "away", "no", "no")] == [True, False, True, False]
    assert [trouble.is_over("wine"), trouble.is_over("wine")] == [True, False]


def test_fetching_is_tried_again_with_back_off():
    """The pauses double up to a bound, pushes of one repository share them, and another one has none."""
    trouble, pauses = Trouble(), []
    for _ in range(9):
        pauses.append(trouble.postpone("wine"))
        assert trouble.postpone("wine") == pauses[-1]
        assert not trouble.may_fetch("wine")
        assert trouble.may_fetch("other")
        trouble.now += pauses[-1]
        assert trouble.may_fetch("wine")
    assert pauses == [FIRST_S * 2**n for n in range(6)] + [MOST_S] * 3
    assert [trouble.is_fetched("wine"), trouble.is_fetched("wine")] == [True, False]


def test_a_repository_that_answers_again_is_fetched_at_once():
    """Whoever has asked it for its branches need not wait for the back-off."""
    trouble = Trouble()
    trouble.postpone("wine")
    trouble.is_over("wine")
    assert trouble.may_fetch("wine")
