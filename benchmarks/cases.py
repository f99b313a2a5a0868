"""The cases of tests/corpus, and what counts as right for each: pure decisions over a report."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CORPUS = Path(__file__).resolve().parents[1] / "tests" / "corpus"
TRAINED = frozenset({"reach", "above", "not_reached"})
"""What a run may come to where the model was measured."""


@dataclass(frozen=True)
class Case:
    """One script or folder, and what reading and running it has to give; the fields are told in cases.yaml."""

    path: str
    family: str
    run: str
    covers: str
    kind: str | None = None
    entry: str | None = ""
    environment: str | None = ""
    says: str = ""
    rows: int | None = None
    plain: bool = False
    impossible: bool = False
    labels: str | None = None
    twin: bool = True

    @property
    def source(self) -> Path:
        """Where it is."""
        return CORPUS / self.path

    @property
    def area(self) -> str:
        """The part of the requirement that it belongs to."""
        return self.path.split("/")[0]

    @property
    def allowed(self) -> set[str]:
        """What its run may come to."""
        return set(self.run.split("|"))

    @property
    def trains(self) -> bool:
        """Whether a measured baseline is asked of it."""
        return self.allowed <= TRAINED

    @property
    def expected(self) -> dict[str, str | None]:
        """What inspect has to say."""
        trainable = self.family in ("sklearn", "keras") and self.kind is not None
        return {
            "family": self.family,
            "kind": self.kind,
            "entry": self.source.name if self.entry == "" else self.entry,
            "environment": (self.family if trainable else None) if self.environment == "" else self.environment,
        }


def load() -> list[Case]:
    """All cases, in the order of the manifest."""
    return [Case(**fields) for fields in yaml.safe_load((CORPUS / "cases.yaml").read_text(encoding="utf-8"))]


def wrong_reading(case: Case, verdict: dict[str, Any]) -> str:
    """What the verdict says and should not; empty where it is right."""
    expected = case.expected
    if case.entry is None or case.kind is None:  # it is not trained: what it would have run in does not matter
        del expected["environment"]
    found = {key: (verdict[key], value) for key, value in expected.items() if verdict[key] != value}
    return "; ".join(f"{key} {is_!s}, should be {should!s}" for key, (is_, should) in found.items())


def ending(report: dict[str, Any], status: int) -> str:
    """What a run came to, in the words of the manifest."""
    baseline = report["baseline"]
    if report["status"] == "reached":
        return "above" if report["best"]["trial"] == baseline["trial"] else "reach"
    if report["status"] == "not_reached":
        return "not_reached" if baseline and baseline["test"] is not None else "ungated"
    if report["status"] == "unsupported" and status == 2:
        return "unsupported"
    return "source_error" if status == 2 else "platform_error"


def wrong_ending(case: Case, report: dict[str, Any], status: int, stderr: str) -> str:
    """What is wrong with how a run ended; empty where it is right."""
    came_to, allowed = ending(report, status), case.allowed
    if "ungated" in allowed:
        allowed = allowed | {"unsupported", "source_error", "not_reached"}
    if came_to not in allowed:
        why = report["reason"] if status > 1 else score_words(report)
        return f"{came_to}, should be {case.run.replace('|', ' or ')}: {why}"
    if case.says and came_to != "reach" and not re.search(case.says, _told(case, report, stderr), re.IGNORECASE):
        why = report["reason"] if status > 1 else score_words(report)
        return f"{came_to}, but nothing said about {case.says!r}: {why}"
    return ""


def _told(case: Case, report: dict[str, Any], stderr: str) -> str:
    """What was told in autotweak's own words: neither the script's name nor its lines shown as evidence."""
    own = {key: value for key, value in report.items() if key not in ("evidence", "entry", "source")}
    shown = [line for line in stderr.splitlines() if not re.match(r"(inspect)?\s+\S+:\d+  ", line)]
    return " ".join([json.dumps(own, ensure_ascii=False), *shown]).replace(case.source.stem, "")


def score_words(report: dict[str, Any]) -> str:
    """From which score to which a run came."""
    shown = [report[key]["test"] if report[key] else None for key in ("baseline", "best")]
    words = ["unmeasured" if score is None else f"{score:.3f}" for score in shown]
    return f"{words[0]} to {words[1]} in {report['trials']} trials ({report.get('stopped') or 'no reason'})"


def false_reached(case: Case, report: dict[str, Any]) -> str:
    """Why "reached" cannot be true; empty where it was not said, or may be true."""
    if report["status"] != "reached":
        return ""
    if case.impossible:
        return "no model can reach it"
    if case.allowed.isdisjoint({"reach", "above"}):
        return f"{case.run} was expected"
    for which in ("baseline", "best"):
        rows = report[which]["test_rows"]
        if case.rows is not None and rows != case.rows:
            return f"{which} measured on {rows} rows, the script evaluates {case.rows}"
    return ""


def last_number(output: str) -> tuple[float, float] | None:
    """The last number that a script printed, as a ratio, and half of its last digit."""
    found = re.findall(r"(?<![\w.])(\d+(?:\.(\d+))?(?:e-?\d+)?)(%?)", output)
    if not found:
        return None
    text, decimals, percent = found[-1]
    scale = 100 if percent or float(text) > 1 else 1
    return float(text) / scale, 0.5 * 10.0 ** -len(decimals) / scale


def same_score(printed: tuple[float, float] | None, measured: float) -> bool:
    """Whether a printed score is the measured one: to its last digit, and to what single precision holds."""
    return printed is not None and abs(printed[0] - measured) <= min(printed[1], 0.006) + 1e-6


def missing_line(plain: str, output: str) -> str:
    """The first line that the plain script prints and the baseline, in that order, does not; empty where none."""
    rest = iter(_comparable(output))
    return next((line for line in _comparable(plain) if not any(line == other for other in rest)), "")


def _comparable(output: str) -> list[str]:
    """Lines without what differs from run to run: times and addresses; progress bars are left out."""
    lines = [line.rsplit("\r", 1)[-1] for line in output.replace("\b", "").splitlines()]
    steady = [line for line in lines if not re.search(r"\d+\s?(ms|us|s)/(step|epoch)|ETA|\[=|━", line)]
    return [re.sub(r"0x[0-9a-f]+", "0x", line).rstrip() for line in steady if line.strip()]
