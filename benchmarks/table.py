"""What was found over the corpus as text: a line, a summary, the page docs/scores.md."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]

TITLES = {
    "reading": "Reading the code",
    "keras2": "Keras 2",
    "old_sklearn": "Removed scikit-learn names",
    "running": "Running it",
    "kerastune": "Tweaking Keras",
    "sktune": "Tweaking scikit-learn",
    "several": "Several fits",
    "seeds": "Seeds",
    "measuring": "Measuring",
}


def line(record: Record) -> str:
    """One case on one line."""
    wrong = "; ".join(f"{name}: {text}" for name, text in _faults(record))
    numbers = f"{_score(record['baseline'])} -> {_score(record['best'])}"
    ended = f"{record['came_to']:12} {numbers:15} {record['seconds']:5.0f} s"
    return f"{'FAIL' if wrong else 'ok':4} {record['path']:44} {ended}  {wrong}".rstrip()


def counts(found: list[Record]) -> dict[str, tuple[int, int]]:
    """What the requirement asks for, each as (right, of)."""
    trained = [r for r in found if r["trains"]]
    compared = [r for r in found if r["equal"] is not None]
    reachable = [r for r in trained if r["reachable"]]
    twins = [r for r in found if r["twin"] is not None]
    return {
        "read rightly (family, kind, entry, environment)": (sum(not r["reading"] for r in found), len(found)),
        "run unmodified to a measured baseline": (sum(r["baseline"] is not None for r in trained), len(trained)),
        "baseline bit for bit the plain script's": (sum(r["equal"] for r in compared), len(compared)),
        "reach the target where it is possible": (
            sum(r["came_to"] in ("reach", "above") for r in reachable),
            len(reachable),
        ),
        "end as they should (reached, diagnosis or reason)": (sum(not r["wrong"] for r in found), len(found)),
        "with shuffled labels: rightly not reached": (sum(r["twin"] != "reached" for r in twins), len(twins)),
        'false "reached"': (sum(bool(r["false_reached"]) for r in found), len(found)),
    }


def summary(found: list[Record]) -> str:
    """The counts, a line each."""
    return "\n".join(f"{name:52} {right:4} of {of}" for name, (right, of) in counts(found).items())


def document(found: list[Record], total: int, options: dict[str, Any]) -> str:
    """The page with all counts and cases; what fails is shown as failing."""
    limits = f"`--max-trials {options['max_trials']} --timeout {options['timeout']} --sandbox {options['sandbox']}`"
    text = [
        "# Scores",
        "",
        f"Written by `make scores` ({limits}).",
        f"{len(found)} of the {total} scripts in [tests/corpus](../tests/corpus) were run; they are in the style of",
        'what people push: none was changed to suit the tool. How a false "reached" is found out: some scripts cannot',
        "reach the target, the number of test rows of each is known, and each that reached it is run again with its",
        "labels shuffled. A baseline is equal when its score and every line printed are those of the plain script.",
        "",
        "| | right | of | |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, (right, of) in counts(found).items():
        text.append(f"| {name} | {right} | {of} | {right / of:.0%} |" if of else f"| {name} | 0 | 0 | |")
    for area, title in TITLES.items():
        rows = [record for record in found if record["path"].startswith(f"{area}/")]
        if not rows:
            continue
        right = sum(not _faults(record) for record in rows)
        text += ["", f"## {title}: {right} of {len(rows)}", ""]
        text += [
            "| script | covers | came to | baseline | best | equal | what is wrong |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        text += [_row(record) for record in rows]
    return "\n".join([*text, ""])


def _row(record: Record) -> str:
    equal = {None: "", True: "yes", False: "**no**"}[record["equal"]]
    wrong = "; ".join(f"{name}: {text}" for name, text in _faults(record)).replace("|", "\\|").replace("\n", " ")
    cells = [
        f"`{record['path'].partition('/')[2]}`",
        record["covers"],
        record["came_to"].replace("_", " "),
        _score(record["baseline"]),
        _score(record["best"]),
        equal,
        wrong[:300],
    ]
    return f"| {' | '.join(cells)} |"


def _faults(record: Record) -> list[tuple[str, str]]:
    named = {"reading": "reading", "wrong": "ending", "differs": "baseline", "false_reached": "FALSE REACHED"}
    return [(name, record[key]) for key, name in named.items() if record[key]]


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
