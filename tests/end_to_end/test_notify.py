"""Who is told how a run ended: the real command line, a real SMTP server with STARTTLS and sign-in."""

from __future__ import annotations

from pathlib import Path

import git
import pytest

from tests.end_to_end.conftest import ROOT, AutoTweak
from tests.mail_server import MailServer

TORCH = "import torch\nmodel = torch.nn.Linear(1, 1)\ntorch.optim.SGD(model.parameters(), lr=0.1).step()\n"


@pytest.fixture
def pushed(tmp_path: Path) -> Path:
    """A repository with a script that cannot be trained, in a commit with an untrustworthy subject."""
    folder = tmp_path / "net"
    repository = git.Repo.init(folder, initial_branch="main")
    (folder / "train.py").write_text(TORCH)
    repository.index.add(["train.py"])
    eve = git.Actor("Eve", "eve@example.org")
    repository.index.commit("<script>\r\nBcc: x@y.org", author=eve, committer=eve)
    return folder


def test_a_failed_run_is_told_and_its_status_stays(
    autotweak: AutoTweak, mail_server: MailServer, pushed: Path, tmp_path: Path
) -> None:
    """The mail has the commit, and the reason that standard error has."""
    ran = autotweak("run", pushed, AUTOTWEAK_NOTIFY=mail_server.url(), AUTOTWEAK_HOME=str(tmp_path / "home"))
    assert ran.status == 2
    assert "warning" not in ran.stderr
    reason = ran.error.removeprefix("autotweak: ")
    (mail,) = mail_server.mails
    text = mail.get_body(("plain",)).get_content()
    assert " ".join(reason.split())[:60] in " ".join(text.split())
    assert "<script>" in text
    assert "Eve <eve@example.org>" in text
    assert "<script>" not in mail.get_body(("html",)).get_content()


def test_a_mail_that_cannot_be_delivered_is_a_warning(
    autotweak: AutoTweak, mail_server: MailServer, pushed: Path, tmp_path: Path
) -> None:
    """One line on standard error, the same exit status, and the event waits in the outbox."""
    home = tmp_path / "home"
    options = {"AUTOTWEAK_NOTIFY": mail_server.url(password="hunter22"), "AUTOTWEAK_HOME": str(home)}
    ran = autotweak("run", pushed, "--json", **options)
    assert ran.status == 2
    assert ran.json["status"] == "unsupported"
    (warning,) = [line for line in ran.stderr.splitlines() if line.startswith("warning: ")]
    assert "535 5.7.8" in warning
    assert "hunter22" not in ran.stderr
    assert len(list((home / "outbox").glob("event-*.json"))) == 1


@pytest.mark.slow
def test_a_reached_target_is_told(autotweak: AutoTweak, mail_server: MailServer) -> None:
    """The mail of a real search: the winner's numbers as reported, its tweak, the plot."""
    options = ["--sandbox", "process", "--no-promote", "--json"]
    ran = autotweak(
        "run", ROOT / "examples" / "wine-svm", "--name", "told", *options, AUTOTWEAK_NOTIFY=mail_server.url()
    )
    assert ran.status == 0, ran.stderr
    (mail,) = mail_server.mails
    best = f"{100 * ran.json['best']['test']:.1f} %"
    assert mail["Subject"] == f"[autotweak] told: target reached, {best} accuracy"
    text = mail.get_body(("plain",)).get_content()
    assert all(f"{knob}: " in text for knob in ran.json["best"]["tweak"])
    assert f"{ran.json['trials']} trials" in text
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert len(pictures) == 1
