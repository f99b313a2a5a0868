"""What the peers that are asked and told over standard streams share."""

import json
from typing import Any


def say(what: object) -> None:
    """Print one line of JSON."""
    print(json.dumps(what), flush=True)


def most_epochs(scopes: list[dict[str, Any]]) -> int:
    """The most epochs that a tweak may have; 0 where the model has none."""
    return max((max(knob["values"]) for knob in scopes[0]["knobs"] if knob["name"] == "epochs"), default=0)
