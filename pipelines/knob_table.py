"""The knob table as Markdown, for docs/knobs.md: ``python -m pipelines.knob_table``."""

from __future__ import annotations

from collections.abc import Sequence

from mlprojects.contract.knobs import KNOBS, Knob


def knob_table(knobs: Sequence[Knob]) -> str:
    """One row a knob."""
    rows = ["| knob | family | of | values | meaning |", "| --- | --- | --- | --- | --- |"]
    for knob in knobs:
        owners = ", ".join(knob.owners) or "any model that it fits"
        rows.append(f"| `{knob.name}` | {knob.family} | {owners} | {knob.domain.describe()} | {knob.doc} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(knob_table(KNOBS))  # noqa: T201 - printing it is what this module does when run
