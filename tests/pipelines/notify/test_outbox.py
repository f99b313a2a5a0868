"""The outbox on disk: once each, tried again, given up, and many failures as one message."""

import threading

import pytest

from pipelines.notify.outbox import FAILURES_IN_A_ROW, RECEIPTS_KEPT_S, Delivery, Outbox
from pipelines.notify.schedule import FIRST_WAIT_S, GIVE_UP_S, HOLD_S
from pipelines.notify.send import Channel, channels

NOW = 2_000_000_000.0


class Clock:
    """A time that only the test moves."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        """Tell it."""
        return self.now


@pytest.fixture
def clock():
    """Give a time."""
    return Clock()


@pytest.fixture
def outbox(tmp_path):
    """Give an empty outbox."""
    return Outbox(tmp_path / "outbox")


def reader(name="reader"):
    """A channel that keeps what it is sent, and the list of that."""
    got = []
    return Channel(name, name, got.append), got


def broken(name="broken"):
    """A channel that takes nothing, and the list of attempts."""
    tried = []

    def send(message):
        tried.append(message)
        raise OSError("it is down")

    return Channel(name, name, send), tried


def test_each_event_goes_out_once(outbox, clock, event):
    """Put twice, delivered twice, opened anew: one message; then a receipt that keeps it from being put again."""
    channel, got = reader()
    assert outbox.put(event(), [channel], NOW)
    assert not outbox.put(event(), [channel], NOW)
    assert outbox.deliver([channel], clock).sent == 1
    again = Outbox(outbox.folder)
    assert not again.put(event(), [channel], NOW)
    assert again.deliver([channel], clock).sent == 0
    assert len(got) == 1
    (receipt,) = outbox.receipts.iterdir()
    assert "Ada" not in receipt.read_text()
    assert again._load(Delivery()) == []


def test_an_event_survives_a_restart(outbox, clock, event):
    """What was put is delivered by the next process, with nothing lost on the way through the disk."""
    outbox.put(event(), [reader()[0]], NOW)
    (entry,) = Outbox(outbox.folder)._load(Delivery())
    assert entry.event == event()


def test_a_crash_before_the_mark_sends_once_more(outbox, clock, event):
    """The process ends after the send and before the mark: the message comes a second time, not a third."""
    channel, got = reader()
    outbox.put(event(), [channel], NOW)
    times = iter([NOW])  # asked before the send, and again for the mark
    with pytest.raises(StopIteration):
        outbox.deliver([channel], lambda: next(times))
    for _ in range(3):
        Outbox(outbox.folder).deliver([channel], clock)
    assert len(got) == 2
    assert got[0].id == got[1].id


def test_a_failed_delivery_is_tried_again_later(outbox, clock, event):
    """Not at once, but after a wait that doubles; the reason stands in the outbox."""
    channel, tried = broken()
    outbox.put(event(), [channel], NOW)
    for wait, attempts in [(0, 1), (0, 1), (FIRST_WAIT_S, 2), (FIRST_WAIT_S, 2), (FIRST_WAIT_S, 3)]:
        clock.now += wait
        outbox.deliver([channel], clock)
        assert len(tried) == attempts
    (entry,) = outbox._load(Delivery())
    assert entry.progress["broken"].error == "it is down"
    mended, got = reader("broken")
    clock.now += 3600
    assert outbox.deliver([mended], clock).sent == 1
    assert len(got) == 1


def test_one_channel_waits_for_no_other(outbox, clock, event):
    """A reader has the message once, though another channel is down and is tried again and again."""
    (good, got), (bad, tried) = reader(), broken()
    outbox.put(event(), [bad, good], NOW)
    for _ in range(3):
        outbox.deliver([bad, good], clock)
        clock.now += 24 * 3600
    assert (len(got), len(tried)) == (1, 3)


def test_it_is_given_up_after_days_and_said(outbox, clock, event):
    """The last attempt says which event, how often and why; after that it is never tried again."""
    channel, tried = broken()
    outbox.put(event(), [channel], NOW)
    while not (done := outbox.deliver([channel], clock)).given_up:
        assert clock.now - NOW < GIVE_UP_S + 24 * 3600
        clock.now += 6 * 3600
    attempts = len(tried)
    assert done.problems[-1] == f"broken: given up on {event().id} after {attempts} attempts: it is down"
    clock.now += 10 * GIVE_UP_S
    assert outbox.deliver([channel], clock).problems == []
    assert len(tried) == attempts


def test_a_channel_that_is_down_is_not_asked_for_every_event(outbox, clock, event):
    """A few failures in a row end the pass for that channel; the rest count no attempt."""
    channel, tried = broken()
    for number in range(20):
        outbox.put(event(id=f"e{number}"), [channel], NOW + number)
    outbox.deliver([channel], clock)
    assert len(tried) == FAILURES_IN_A_ROW


def test_a_hundred_failures_in_a_row_are_one_mail(mail_server, outbox, clock, failure):
    """They leave as one digest through the real server; all are over then."""
    found = channels([mail_server.url()])
    for number in range(100):
        outbox.put(failure(number, reason="no data" if number % 4 else "no memory"), found, NOW + number)
    clock.now += 100
    assert outbox.deliver(found, clock).sent == 1
    assert outbox.deliver(found, clock).sent == 0
    (mail,) = mail_server.mails
    assert mail["Subject"] == "[autotweak] 100 failures: wine-svm"
    text = mail.get_body(("plain",)).get_content()
    assert "75 x  no data" in text
    assert "25 x  no memory" in text
    assert outbox._load(Delivery()) == []


def test_failures_that_come_one_by_one_are_held(outbox, clock, failure, event):
    """The first is told at once; what follows closely waits and goes as one; other events wait for nothing."""
    channel, got = reader()
    for number in range(100):
        outbox.put(failure(number), [channel], clock.now)
        outbox.deliver([channel], clock)
        clock.now += 1
    outbox.put(event(), [channel], clock.now)
    outbox.deliver([channel], clock)
    assert [message.subject.partition(":")[2][:16] for message in got] == [" failed: train.p", " target reached,"]
    clock.now += HOLD_S
    outbox.deliver([channel], clock)
    assert "99 failures" in got[-1].subject
    assert len(got) == 3


def test_two_processes_do_not_send_twice(outbox, clock, event):
    """While one delivers, another that waits for nothing leaves it to the first."""
    inside, go = threading.Event(), threading.Event()
    got = []

    def slow(message):
        inside.set()
        go.wait(10)
        got.append(message)

    channel = Channel("slow", "slow", slow)
    outbox.put(event(), [channel], NOW)
    first = threading.Thread(target=outbox.deliver, args=([channel], clock))
    first.start()
    inside.wait(10)
    assert "another process" in Outbox(outbox.folder).deliver([channel], clock).problems[0]
    go.set()
    first.join()
    assert len(got) == 1
    assert Outbox(outbox.folder).deliver([channel], clock, wait_s=10).sent == 0


def test_a_file_that_is_no_event_is_set_aside(outbox, clock, event):
    """It is said, and the others go out."""
    channel, got = reader()
    outbox.put(event(), [channel], NOW)
    (outbox.folder / "event-half.json").write_text('{"event": {"id"')
    assert "event-half.unreadable" in outbox.deliver([channel], clock).problems[0]
    assert len(got) == 1
    assert outbox.deliver([channel], clock).problems == []


def test_a_message_that_cannot_be_made_holds_up_no_other(outbox, clock, event):
    """It is the reason of a failed attempt, like any other."""
    channel, got = reader()
    from pipelines.notify.message import render

    def make(events):
        return render([replace_nothing(event) for event in events])

    def replace_nothing(given):
        if given.id == "bad":
            raise ValueError("no such template")
        return given

    outbox.put(event(id="bad"), [channel], NOW)
    outbox.put(event(id="good"), [channel], NOW + 1)
    done = outbox.deliver([channel], clock, make=make)
    assert len(got) == 1
    assert "ValueError: no such template" in done.failed[0]


def test_a_wrong_password_waits_with_the_reason(mail_server, outbox, clock, event):
    """The outbox holds what the server said, never the password; the corrected address sends the same event."""
    outbox.put(event(), channels([mail_server.url()]), NOW)
    done = outbox.deliver(channels([mail_server.url(password="hunter22")]), clock)
    assert "535 5.7.8" in done.failed[0]
    (file,) = outbox.folder.glob("event-*.json")
    assert "535 5.7.8" in file.read_text()
    assert "hunter22" not in file.read_text()
    clock.now += FIRST_WAIT_S
    assert outbox.deliver(channels([mail_server.url()]), clock).sent == 1
    assert len(mail_server.mails) == 1


def test_receipts_are_kept_for_a_while(outbox, clock, event):
    """They are removed when the event cannot come again."""
    channel, _ = reader()
    outbox.put(event(), [channel], NOW)
    outbox.deliver([channel], clock)
    (receipt,) = outbox.receipts.iterdir()
    assert receipt.stat().st_mtime == NOW
    clock.now += RECEIPTS_KEPT_S + 1
    outbox.deliver([channel], clock)
    assert list(outbox.receipts.iterdir()) == []


def test_only_what_is_wanted_is_kept(tmp_path, event):
    """A start is told only where it is asked for."""
    start = event(kind="started", id="s-started-0")
    assert not Outbox(tmp_path).put(start, [reader()[0]], NOW)
    assert Outbox(tmp_path, frozenset({"started"})).put(start, [reader()[0]], NOW)


def test_without_anybody_to_tell_nothing_is_kept(outbox, event):
    """An event goes to the channels of its time."""
    assert not outbox.put(event(), [], NOW)


def test_two_processes_with_other_readers_share_an_outbox(outbox, clock, event):
    """Each delivers to its own; nobody gets what was not meant for them."""
    (mine, got), (other, theirs) = reader("mine"), reader("other")
    outbox.put(event(), [mine], NOW)
    outbox.put(event(id="both"), [mine, other], NOW)
    assert outbox.deliver([other], clock).sent == 1
    assert [message.id for message in theirs] == ["both"]
    assert outbox.deliver([mine], clock).sent == 2
    assert len(got) == 2
    assert outbox._load(Delivery()) == []


def test_an_address_that_is_no_longer_set_is_given_up_in_the_end(outbox, clock, event):
    """The event does not stay for ever."""
    gone, left = reader("gone")[0], reader("left")[0]
    outbox.put(event(), [gone, left], NOW)
    assert outbox.deliver([left], clock).given_up == []
    clock.now += 2 * GIVE_UP_S
    assert "gone: given up on" in outbox.deliver([left], clock).given_up[0]
    assert outbox._load(Delivery()) == []
