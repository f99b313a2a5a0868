"""What a team's server bears: many searches writing at once, and a listing of many runs. ``python -m benchmarks.load``.

The clients and the server share this machine. Each client is one search: it opens a run, logs its metrics and
parameters, ends it, and goes on with the next. A request that the server refuses is made again, as a search does; at
the end each metric is counted.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import create_engine, text

from benchmarks.postgres import postgres
from benchmarks.team import ROOT, TeamServer

PAGE = ROOT / "docs" / "load.md"
METRICS = 100
"""In each run, in one request."""
TRIES = 20
LISTED = 100
"""Runs on one page, as MLflow's own pages ask for them."""
LOOKS = 15
INDEXES = (
    "CREATE INDEX load_runs ON runs (experiment_id, start_time)",
    "CREATE INDEX load_parents ON tags (value) WHERE key = 'mlflow.parentRunId'",
    "CREATE INDEX load_latest ON latest_metrics (key, value)",
)
"""That MLflow does not make, and that these lists could use."""


@dataclass(frozen=True)
class Size:
    """How much of it."""

    searches: int = 50
    runs: int = 1000
    listed: int = 10_000

    def scaled(self, scale: float) -> Size:
        """A part of it."""
        return Size(*(max(2, round(scale * number)) for number in (self.searches, self.runs, self.listed)))


@dataclass
class Measured:
    """What one server did."""

    what: str
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """Of each request, in seconds."""
    refused: int = 0
    why: str = ""
    """What the server said when it last refused."""
    lost: int = 0
    lists: dict[str, float] = field(default_factory=dict)
    """Median seconds of a page, by what it shows."""
    indexed: dict[str, float] = field(default_factory=dict)
    """The same with ``INDEXES``."""

    def quantile(self, share: float) -> float:
        """Seconds within which that share of the requests was answered."""
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


class Client:
    """One search's connection, in MLflow's REST protocol."""

    def __init__(self, account: dict[str, str], measured: Measured) -> None:
        self._session, self._measured = requests.Session(), measured
        self._session.auth = (account["MLFLOW_TRACKING_USERNAME"], account["MLFLOW_TRACKING_PASSWORD"])
        self._root = f"{account['MLFLOW_TRACKING_URI']}/api/2.0/mlflow"

    def __call__(self, route: str, **body: Any) -> dict[str, Any]:
        """Ask until it is answered.

        Raises:
            RuntimeError: it never is.
        """
        for _ in range(TRIES):
            began = time.perf_counter()
            with contextlib.suppress(requests.RequestException):
                answer = self._session.post(f"{self._root}/{route}", json=body, timeout=120)
                self._measured.latencies.append(time.perf_counter() - began)
                if answer.status_code == requests.codes.ok:
                    found: dict[str, Any] = answer.json()
                    return found
                self._measured.why = answer.text[:200]
            self._measured.refused += 1
        raise RuntimeError(f"{route} was refused {TRIES} times")


def write(account: dict[str, str], size: Size, measured: Measured) -> None:
    """All searches at once; what is there afterwards is counted."""
    asking = Client(account, Measured("not counted"))
    experiment = asking("experiments/create", name=f"load-{uuid.uuid4().hex}")["experiment_id"]
    here = threading.Barrier(size.searches + 1)

    def search(number: int) -> None:
        client = Client(account, measured)
        here.wait()
        for _ in range(number, size.runs, size.searches):
            now = int(time.time() * 1000)
            info = client("runs/create", experiment_id=experiment, start_time=now)["run"]["info"]
            metrics = [{"key": f"m{n}", "value": n / METRICS, "timestamp": now, "step": 0} for n in range(METRICS)]
            params = [{"key": f"p{n}", "value": str(n)} for n in range(5)]
            client("runs/log-batch", run_id=info["run_id"], metrics=metrics, params=params)
            client("runs/update", run_id=info["run_id"], status="FINISHED", end_time=now)

    with ThreadPoolExecutor(size.searches) as pool:
        searching = [pool.submit(search, number) for number in range(size.searches)]
        here.wait()
        began = time.perf_counter()
        for done in searching:
            done.result()
        measured.seconds = time.perf_counter() - began
    kept, token = 0, None
    while True:
        more: dict[str, str] = {"page_token": token} if token else {}
        page = asking("runs/search", experiment_ids=[experiment], max_results=500, **more)
        kept += sum(len(run["data"].get("metrics", ())) for run in page.get("runs", ()))
        token = page.get("next_page_token")
        if not token:
            break
    measured.lost = size.runs * METRICS - kept


def fill(database: str, experiment: str, runs: int) -> str:
    """Runs as searches leave them, 20 trials each, written to the tables themselves; the last parent's identifier."""
    parents = [uuid.uuid4().hex for _ in range(max(1, runs // 20))]
    rows, tags, metrics, params = [], [], [], []
    for number in range(runs):
        run, parent = uuid.uuid4().hex, parents[number * len(parents) // runs]
        rows.append({"run": run, "name": f"{number:03d} scaler=standard", "at": 1_700_000_000_000 + number})
        tags += [{"run": run, "key": f"autotweak.tag{n}", "value": "a" * 30} for n in range(8)]
        tags.append({"run": run, "key": "mlflow.parentRunId", "value": parent})
        metrics += [{"run": run, "key": f"m{n}", "value": number / runs} for n in range(8)]
        params += [{"run": run, "key": f"p{n}", "value": str(n)} for n in range(8)]
    engine = create_engine(database)
    with engine.begin() as connection:
        into = "(run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, "
        values = (
            f"(:run, :name, 'LOCAL', 'ann', 'FINISHED', :at, :at, 'active', 'mlflow-artifacts:/x', {int(experiment)})"
        )
        connection.execute(text(f"INSERT INTO runs {into} experiment_id) VALUES {values}"), rows)  # noqa: S608
        for table, found in (("tags", tags), ("params", params)):
            put = f"INSERT INTO {table} (run_uuid, key, value) VALUES (:run, :key, :value)"  # noqa: S608
            connection.execute(text(put), found)
        latest = "INSERT INTO latest_metrics (run_uuid, key, value, timestamp, step, is_nan) "
        connection.execute(text(latest + "VALUES (:run, :key, :value, 0, 0, false)"), metrics)
    engine.dispose()
    run_sql(database, ("ANALYZE",))  # what the database does by itself, sooner or later
    return parents[-1]


def run_sql(database: str, statements: Sequence[str]) -> None:
    """Statements, each by itself."""
    engine = create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def look(account: dict[str, str], experiment: str, parent: str) -> dict[str, float]:
    """How long a page takes: the newest runs, the best ones, and the trials of one search."""
    asking = Client(account, Measured("not counted"))
    pages: dict[str, dict[str, Any]] = {
        "newest": {"order_by": ["attributes.start_time DESC"]},
        "best": {"order_by": ["metrics.`m1` DESC"]},
        "one search": {"filter": f"tags.`mlflow.parentRunId` = '{parent}'", "order_by": ["metrics.`m1` DESC"]},
    }
    found = {}
    for name, asked in pages.items():
        times = []
        for _ in range(LOOKS):
            began = time.perf_counter()
            shown = asking("runs/search", experiment_ids=[experiment], max_results=LISTED, **asked)
            times.append(time.perf_counter() - began)
            assert shown["runs"]
        found[name] = statistics.median(times)
    return found


def measure(
    what: str, database: str, size: Size, workers: int, statements: Sequence[str] = (), **more: str
) -> Measured:
    """One server, one database: written to, then looked at.

    Args:
        what: what is measured, in words.
        database: its address, empty for SQLite.
        size: how much.
        workers: of the server.
        statements: SQL that the database is given first.
        more: settings of the server.
    """
    measured = Measured(what)
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        server = TeamServer(Path(folder), AUTOTWEAK_SERVER_DATABASE=database, **more)
        made = server("run", "--prepare")
        if made.returncode:
            raise RuntimeError(made.stderr)
        account = server.account("ci", "driver")
        address = database or f"sqlite:///{folder}/server/mlflow.db"
        run_sql(address, statements)
        server.start(workers)
        try:
            write(account, size, measured)
            asking = Client(account, Measured("not counted"))
            experiment = asking("experiments/create", name=f"listed-{uuid.uuid4().hex}")["experiment_id"]
            parent = fill(address, experiment, size.listed)
            measured.lists = look(account, experiment, parent)
            run_sql(address, INDEXES)
            measured.indexed = look(account, experiment, parent)
        finally:
            server.stop()
    return measured


def table(found: Sequence[Measured]) -> str:
    """What was measured, a row for each server."""
    lists = list(found[0].lists)
    head = ["server", "requests/s", "p50", "p95", "refused", "lost", *(f"list: {name}" for name in lists)]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for row in found:
        numbers = [f"{len(row.latencies) / row.seconds:.0f}"]
        numbers += [f"{1000 * row.quantile(share):.0f} ms" for share in (0.5, 0.95)]
        numbers += [str(row.refused), str(row.lost)]
        numbers += [f"{1000 * row.lists[name]:.0f} ms ({1000 * row.indexed[name]:.0f})" for name in lists]
        lines.append([row.what, *numbers])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> list[Measured]:
    """Measure, and write the page unless only some servers were measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="a part of it")
    parser.add_argument("--database", default="", help="PostgreSQL's address, in place of one that is started for this")
    parser.add_argument("--only", default="", help="servers whose name has this in it")
    given = parser.parse_args(arguments)
    size, found = Size().scaled(given.scale), []
    part = replace(size, runs=max(size.searches, size.runs // 10))
    wal = ("PRAGMA journal_mode=WAL",)
    cases: list[tuple[str, Size, int, tuple[str, ...], dict[str, str]]] = [
        ("SQLite, 2 workers", size, 2, (), {}),
        ("PostgreSQL, 2 workers", size, 2, (), {}),
        ("SQLite as written ahead (WAL), 2 workers *", part, 2, wal, {}),
        ("PostgreSQL, 4 workers *", part, 4, (), {}),
        ("PostgreSQL, passwords checked each time *", part, 2, (), {"AUTOTWEAK_SERVER_SIGNED_IN_S": "0"}),
    ]
    for what, much, workers, statements, more in cases:
        if given.only not in what:
            continue
        with contextlib.ExitStack() as stack:
            database = "" if "SQLite" in what else given.database or stack.enter_context(postgres())
            found.append(measure(what, database, much, workers, statements, **more))
        say(f"{table(found).splitlines()[-1]} {found[-1].why}".rstrip())
    if not given.only:
        template = (Path(__file__).parent / "load.md.j2").read_text(encoding="utf-8")
        PAGE.write_text(page(template, table(found), size), encoding="utf-8")
    return found


def page(template: str, rows: str, size: Size) -> str:
    """The page of what was measured."""
    from jinja2 import Template

    machine = f"{os.cpu_count()} processors, Python {platform.python_version()}"
    made = Template(template, keep_trailing_newline=True, autoescape=False)
    return str(made.render(table=rows, size=size, machine=machine, metrics=METRICS))


if __name__ == "__main__":
    main()
