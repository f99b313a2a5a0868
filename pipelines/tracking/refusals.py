"""What a tracking server's errors say, in one line with what would help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.errors import PlatformError

MOST = 300
"""Characters of what the server itself says."""
HINTS = {
    401: "it does not know this name and password, or no longer does: check MLFLOW_TRACKING_USERNAME and "
    "MLFLOW_TRACKING_PASSWORD",
    403: "this account may not do that: autotweak server user add NAME --role driver makes one that searches and "
    "promotes",
    500: "its log says why: its database or its artifacts cannot be written, say",
}
_STATUS = re.compile(r"failed with error code (\d{3})|^(\d{3}) \w+ Error|too many (5\d\d) error responses")
_UNREACHED = re.compile(
    r"host='([^']+)', port=(\d+)\).*(Connection refused|timed out|Name or service not known)", re.DOTALL
)


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Say in one line what the tracking server could not do.

    Raises:
        PlatformError: in place of MLflow's own error.
    """
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (MlflowException, OSError, ImportError) as error:
        raise PlatformError(f"the tracking server could not {what}: {_said(error)}") from error


def _said(error: Exception) -> str:
    whole = str(error) or type(error).__name__
    said = whole.splitlines()[0]
    found, unreached = _STATUS.search(whole), _UNREACHED.search(whole)
    if unreached:
        return f"{unreached[1]}:{unreached[2]} does not answer ({unreached[3]}): start it, or check MLFLOW_TRACKING_URI"
    status = int(found[found.lastindex or 1]) if found else 0
    if status >= 500:
        return f"it answers with {status}; {HINTS[500]}"
    return HINTS.get(status) or said[:MOST]
