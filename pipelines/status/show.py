"""An overview as a person reads it: a table on a terminal, plain lines without one."""

from __future__ import annotations

from calendar import timegm
from collections.abc import Iterator, Sequence
from time import strptime

from rich import box
from rich.console import Console
from rich.table import Table

from pipelines.errors import printable
from pipelines.glance import Glance, by_state
from pipelines.notify.events import one_line
from pipelines.status.overview import Overview, Queue, Served, Service
from pipelines.story import escape

MOST_ENDED = 10
"""Searches that have ended and are listed, the latest first."""
HEAD = ("search", "state", "since", "trials", "restarts", "identifier", "why")
COLOURS = {"running": "cyan", "reached": "green", "interrupted": "yellow", "not_reached": "yellow", "failed": "red"}
UNITS = ((172_800.0, 86_400.0, "d"), (5_400.0, 3_600.0, "h"), (90.0, 60.0, "min"), (0.0, 1.0, "s"))
"""From so many seconds on, in units of so many, named so."""


def age(seconds: float) -> str:
    """A time that has passed, as a person says it."""
    passed = max(0.0, seconds)
    return next(f"{passed / unit:.0f} {name}" for least, unit, name in UNITS if passed >= least)


def since(text: str | None, now: float) -> str:
    """For how long, since a time as ISO 8601 has it; empty where nothing is known."""
    if not text:
        return ""
    try:
        return f" for {age(now - timegm(strptime(text, '%Y-%m-%dT%H:%M:%SZ')))}"
    except ValueError:
        return f" since {printable(text)}"


def show(overview: Overview, console: Console) -> None:
    """Print it."""
    for title, text in _lines(overview):
        console.print(f"[bold cyan]{title:<12}[/] {escape(text)}")
    rows = list(_rows(overview))
    if rows:
        console.print()
        _table(rows, console)
        hidden = len(overview.searches) - len(rows)
        if hidden:
            console.print(f"and {hidden} earlier ones, with --json", style="dim")
    for text in advice(overview):
        console.print(f"[bold cyan]{'next':<12}[/] {escape(text)}")


def advice(overview: Overview) -> list[str]:
    """What a person may want to do next."""
    if overview.empty:
        return [
            "autotweak run SOURCE trains a script, autotweak watch FILE waits for pushes",
            "autotweak doctor says what is missing on this machine",
        ]
    found = []
    left = sum(search.state == "interrupted" for search in overview.searches)
    if left and not overview.monitor.running:
        found.append("autotweak resume goes on with what was interrupted; autotweak monitor does so by itself")
    if overview.queue.waiting and not overview.watch.running:
        found.append("autotweak watch takes what waits in the queue")
    if overview.outbox.number and not overview.monitor.running:
        found.append("autotweak monitor delivers what waits in the outbox")
    return found


def _lines(overview: Overview) -> Iterator[tuple[str, str]]:
    now = overview.time
    yield "home", overview.home if not overview.empty else f"{overview.home}: nothing was done here yet"
    if overview.empty:
        return
    yield "watch", _service(overview.watch, now)
    yield "monitor", _service(overview.monitor, now)
    yield from _queue(overview.queue, now)
    counts = by_state(overview.searches)
    yield "searches", ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "none"
    for served in overview.serving:
        yield "serving", _served(served, now)
    if overview.outbox.number:
        error = f": {one_line(overview.outbox.error, 120)}" if overview.outbox.error else ""
        yield "outbox", f"{overview.outbox.number} wait, the oldest for {age(now - overview.outbox.since)}{error}"
    else:
        yield "outbox", "empty"


def _service(service: Service, now: float) -> str:
    if not service.running:
        return "not running"
    return f"running{since(service.since, now)}{f' at {service.address}' if service.address else ''}"


def _queue(queue: Queue, now: float) -> Iterator[tuple[str, str]]:
    if queue.waiting is None:
        yield "queue", f"not known: {queue.problem}"
        return
    yield "queue", f"{len(queue.waiting)} waiting"
    for push in queue.waiting:
        yield "", f"{push.repository} {push.branch} {push.commit[:12]}{since(push.since, now)}"


def _served(served: Served, now: float) -> str:
    if not served.running:
        return f"{served.name}: its service died; autotweak serve {served.name} starts it again"
    version = f"version {served.version}" if served.version else "no version yet"
    restarts = f", {served.restarts} restart{'s' if served.restarts != 1 else ''}" if served.restarts else ""
    problem = f": {served.problem}" if served.problem else ""
    return f"{served.name} {version}{since(served.since, now)} at {served.address}{restarts}{problem}"


def _rows(overview: Overview) -> Iterator[tuple[str, ...]]:
    """What is under way or left behind, oldest first; then what has ended, latest first."""
    ended = [search for search in overview.searches if search.state == "ended"]
    others = [search for search in overview.searches if search.state != "ended"]
    for search in (*others, *sorted(ended, key=lambda search: search.since, reverse=True)[:MOST_ENDED]):
        yield _row(search, overview.time)


def _row(search: Glance, now: float) -> tuple[str, ...]:
    restarts = ", ".join(f"{number} {cause}" for cause, number in sorted(search.restarts.items()))
    commit = f" {search.commit[:12]}" if search.commit else ""
    return (
        f"{one_line(search.name, 60)}{commit}",
        (search.status or search.state).replace("_", " "),
        age(now - search.since) if search.since else "",
        str(search.trials),
        restarts,
        search.search,
        one_line(search.reason, 120),
    )


def _table(rows: Sequence[tuple[str, ...]], console: Console) -> None:
    if not console.is_terminal:
        widths = [max(len(row[column]) for row in (HEAD, *rows)) for column in range(len(HEAD))]
        for row in (HEAD, *rows):
            text = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            console.print(escape(text.rstrip()))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in HEAD[:-1]:
        table.add_column(title, justify="right" if title in ("since", "trials") else "left", overflow="fold")
    for row in rows:
        style = COLOURS.get(row[1], "")
        table.add_row(
            *(f"[{style}]{escape(cell)}[/]" if style and at == 1 else escape(cell) for at, cell in enumerate(row[:-1]))
        )
    console.print(table, soft_wrap=False)
    for *_, search, why in rows:  # as a column it is a few letters wide
        if why:
            console.print(f"[bold cyan]{'why':<12}[/] {escape(search)}: {escape(why)}")
