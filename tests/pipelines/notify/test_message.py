"""What a message says, and that it cannot be broken by what was pushed."""

import re
from html.parser import HTMLParser
from typing import get_args

import pytest
from matplotlib.ticker import PercentFormatter

from pipelines.notify.events import Event, Kind, TrialRow, event_id, one_line
from pipelines.notify.message import MOST_ROWS, TITLES, render, table
from pipelines.tracking.plots import SearchPoints, search_figure


class Balanced(HTMLParser):
    """Fails on a tag that is not closed."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        """Open."""
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("bare", [False, True])
def test_every_kind_has_a_message(event, kind, bare):
    """With all facts and with only those that are always there: a subject, sound HTML, text, a brief."""
    made = Event(id="x", kind=kind, time=0.0, name="wine") if bare else event(kind=kind, reason="it broke")
    message = render([made])
    assert TITLES[kind][0] in message.subject
    parser = Balanced()
    parser.feed(message.html)
    assert parser.open == []
    assert TITLES[kind][0].upper() in message.text
    assert (message.picture is None) == bare
    assert "None" not in message.text + message.brief


def test_the_message_says_what_the_issue_asks(event):
    """Who pushed what, baseline to best, the tweak in words, the trials, why and what would help, and links."""
    url = "http://tracking.example.org/#/experiments/1/runs/ab"
    rows = [row.model_copy(update={"url": f"{url}{row.number}"}) for row in event().trials]
    facts = {"reason": "It missed by 3 points.", "advice": ("More data.",), "trials": rows, "restarts": ("it died",)}
    message = render([event(kind="not_reached", **facts)])
    for text in (message.html, message.text):
        for part in ("Ada Lovelace", "4c38c105ade5", "68.5 %", "98.1 %", "scaler", "72.6 %", "It missed", "More data."):
            assert part in text
        for part in ("the solver did not end", "it died", url, "main", "wine.git"):
            assert part in text
    assert f'href="{url}4"' in message.html
    assert url in message.brief


def test_a_script_that_needs_no_tweak_has_one_score(event):
    """Nothing is compared where nothing was changed."""
    message = render([event(best=event().baseline, changes=())])
    assert message.html.count('class="box"') == 1
    assert "best" not in message.text.partition("Trials")[0]


def test_a_brief_calls_nobody(event):
    """A pushed text can mention neither a person nor everybody in a chat."""
    brief = render([event(subject="@everyone <!channel> look", author="Eve <eve@example.org>")]).brief
    assert "@everyone" not in brief
    assert "<!channel>" not in brief
    assert "@example" not in brief


def test_credentials_in_addresses_are_not_told(event):
    """Neither a token in the source's address nor one in a reason."""
    token = "https://me:ghp_token@git.example.org/a.git"
    message = render([event(kind="failed", source=token, reason=f"{token} cannot be cloned", run_url=token)])
    assert "ghp_token" not in message.html + message.text + message.brief + message.subject


def test_a_long_search_keeps_the_mail_short(event):
    """The rows are the baseline, the confirmed tweaks and the best; Gmail shows 102 kB."""
    search = [
        TrialRow(number=n, role="search", tweak="t" * 300, validation=n / 1000, failure="f" * 300, url="u" * 300)
        for n in range(1, 900)
    ]
    confirm = TrialRow(number=900, role="confirm", tweak="t", test=0.9)
    trials = (TrialRow(number=0, role="baseline", tweak="as written", test=0.5), *search, confirm)
    numbers = [row.number for row in table(trials, "accuracy")]
    assert numbers == [0, *range(901 - MOST_ROWS + 1, 900), 900]
    least = [row.number for row in table(trials, "rmse")]
    assert least == [*range(MOST_ROWS - 1), 900]
    message = render([event(trials=trials)])
    assert len(message.html.encode()) < 90_000
    assert f"and {901 - MOST_ROWS} more" in message.text


def test_the_best_so_far_of_an_error_is_the_least(event):
    """The line of the picture goes down where less is better, and its axis has no per cent."""
    scores = ((1, 30.0), (2, 40.0), (3, 20.0))
    axes = search_figure(SearchPoints(scores, (), (), 35.0, 25.0), "rmse").axes[0]
    (best,) = [line for line in axes.lines if line.get_label() == "best so far"]
    assert list(best.get_ydata()) == [30.0, 30.0, 20.0, 20.0]
    assert not isinstance(axes.yaxis.get_major_formatter(), PercentFormatter)


def test_a_digest_names_reasons_and_sources(failure):
    """Reasons by how often, and the sources; pushed text is escaped there too."""
    failures = [failure(n, name=f"<i>{n % 5}", reason="<b>broken" if n % 2 else "no data") for n in range(41)]
    message = render(failures)
    assert message.subject.startswith("[autotweak] 41 failures: <i>0, <i>1, <i>2 and others")
    assert re.search(r"21 x +no data", message.text)
    assert "<b>broken" not in message.html
    assert "&lt;b&gt;broken" in message.html
    assert f"and {41 - MOST_ROWS} before these" in message.html


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("a\r\n\tb\x00c\u2028d", "a b c d"),
        ("x" * 30, "x" * 19 + "…"),
        ("\u202ea\ufeff", "a"),
        ("ok 🍷 ß", "ok 🍷 ß"),
        ("see https://u:p@h/x", "see https://h/x"),
        ("\ud800", ""),
    ],
)
def test_one_line(given, made):
    """Control characters, marks that turn the writing, credentials and excess are gone; languages stay."""
    assert one_line(given, 20) == made


def test_ids_are_unique_per_search_kind_and_counter():
    """Two restarts of one search are two events."""
    assert len({event_id("s", "restarted", 0), event_id("s", "restarted", 1), event_id("s", "failed", 0)}) == 3


def test_a_start_says_what_was_pushed_by_whom_and_where_to_look(event):
    """In each part; there are no numbers yet."""
    nothing = {"baseline": None, "best": None, "best_validation": None, "changes": (), "trials": (), "model": ""}
    message = render([event(kind="started", looks=0, **nothing)])
    for part in (message.html, message.text, message.brief):
        assert "Try a support vector machine" in part
        assert "Ada Lovelace" in part
        assert "4c38c105ade5" in part
        assert "http://tracking.example.org/#/experiments/1/runs/ab" in part
    assert message.picture is None
    assert message.subject == "[autotweak] wine-svm: training started"


def test_one_trial_that_never_trained(event):
    """It is one trial, not one trials, and has no time."""
    row = TrialRow(number=0, role="baseline", tweak="", failure="it took too long")
    message = render([event(kind="failed", reason="it took too long", trials=(row,), looks=1)])
    for said in (message.text, message.html):
        assert "1 trial in" in said
        assert "looked at 1 time" in said
        assert "times" not in said
        assert "0.0" not in said.split("it took too long")[-1]
