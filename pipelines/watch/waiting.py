"""What waits in the queue, as JSON: ``python -m pipelines.watch.waiting``, for ``autotweak status``."""

from __future__ import annotations

import json
import sys

from pipelines.errors import AutotweakError
from pipelines.settings import MachineSettings
from pipelines.tracking.tracker import Tracker
from pipelines.watch.queue import Queue


def main() -> int:
    """Print it; one line on standard error says why it cannot be read."""
    try:
        tracker = Tracker(MachineSettings().home)
        found = [vars(entry) for entry in Queue(tracker.client, tracker.artifacts).waiting()]
    except AutotweakError as error:
        print(error, file=sys.stderr)  # noqa: T201 - read by who has started this
        return error.exit_status
    print(json.dumps(found))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
